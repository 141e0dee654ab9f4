-- A rotation with every request. BENCH_FEED: a file with one refresh token a line, each for one use.
-- A connection has one request under way at a time, and a thread's queue is longer than its
-- connections are many, so no token is ever sent twice.
require("common")

local headers_out = { ["Content-Type"] = "application/json" }
local queue, first, last = {}, 1, 0

local function push(token)
  last = last + 1
  queue[last] = token
end

function init(_)
  for index, token in ipairs(lines(os.getenv("BENCH_FEED"))) do
    if index % 2 == thread_id % 2 then
      push(token)
    end
  end
end

function request()
  local token = queue[first]
  if token == nil then
    local seen = {}
    for status, number in pairs(statuses) do
      seen[#seen + 1] = number .. " × " .. status
    end
    error("no refresh token is left; the server answered " .. table.concat(seen, ", "))
  end
  queue[first] = nil
  first = first + 1
  return wrk.format("POST", nil, headers_out, '{"refreshToken": "' .. token .. '"}')
end

function response(status, headers, body)
  count(status, headers)
  local successor = body:match('"refreshToken"%s*:%s*"([^"]+)"')
  if status == 200 and successor then
    push(successor)
  end
end
