-- GET with many people's bearer tokens in turn. BENCH_FEED: a file with one token a line.
require("common")

local requests, at = {}, 0

function init(_)
  for index, token in ipairs(lines(os.getenv("BENCH_FEED"))) do
    requests[index] = wrk.format("GET", nil, { Authorization = "Bearer " .. token })
  end
  at = shuffled_start(#requests)
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function response(status, headers, _)
  count(status, headers)
end
