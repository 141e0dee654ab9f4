-- What the scripts share: counting in each thread, adding up in done(), one line of JSON at the end.
-- Every thread has a Lua state of its own, so counters are plain globals that done() collects.

local threads = {}

function setup(thread)
  thread:set("thread_id", #threads)
  table.insert(threads, thread)
end

statuses = {}
unannounced = 0 -- answers of 503 without Retry-After

function count(status, headers)
  local key = tostring(status)
  statuses[key] = (statuses[key] or 0) + 1
  if status == 503 then
    for name, value in pairs(headers) do
      if name:lower() == "retry-after" and tonumber(value) then
        return
      end
    end
    unannounced = unannounced + 1
  end
end

function lines(path)
  local found = {}
  for line in io.lines(path) do
    found[#found + 1] = line
  end
  return found
end

-- Every thread starts at its own place, so that two of them never walk in step.
function shuffled_start(size)
  return math.floor(size * thread_id / 2) % size
end

function done(summary, latency, _)
  local total, silent = {}, 0
  for _, thread in ipairs(threads) do
    for status, number in pairs(thread:get("statuses")) do
      total[status] = (total[status] or 0) + number
    end
    silent = silent + thread:get("unannounced")
  end
  local parts = {}
  for status, number in pairs(total) do
    parts[#parts + 1] = string.format('"%s": %d', status, number)
  end
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "statuses": {%s}, '
      .. '"unannounced_503": %d, "socket_errors": %d}\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    table.concat(parts, ", "), silent,
    errors.connect + errors.read + errors.write + errors.timeout
  ))
end
