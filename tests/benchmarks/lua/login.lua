-- Logins of many accounts in turn, each from a device that it knows and from an address of its own,
-- as people have behind a proxy. BENCH_FEED: a file with one JSON body a line. With BENCH_PATIENT set, as many connections wait as were told to by Retry-After
-- (which of them it is makes no difference); without it nobody waits for anything.
require("common")

local patient = os.getenv("BENCH_PATIENT") == "1"
local requests, at = {}, 0
local waits, told = 0, 1

function init(_)
  for index, body in ipairs(lines(os.getenv("BENCH_FEED"))) do
    local headers_out = {
      ["Content-Type"] = "application/json",
      ["X-Forwarded-For"] = string.format("10.0.%d.%d", math.floor(index / 256) % 256, index % 256),
    }
    requests[index] = wrk.format("POST", nil, headers_out, body)
  end
  at = shuffled_start(#requests)
end

function request()
  at = at % #requests + 1
  return requests[at]
end

if patient then
  function delay()
    if waits == 0 then
      return 0
    end
    waits = waits - 1
    return told * 1000
  end
end

function response(status, headers, _)
  count(status, headers)
  if status == 503 then
    waits = waits + 1
    for name, value in pairs(headers) do
      if name:lower() == "retry-after" then
        told = tonumber(value) or told
      end
    end
  end
end
