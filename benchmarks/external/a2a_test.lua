-- Sends A2A 1.0 messages (REST binding, message:send) to one agent and counts answers that are not 2xx.
--
--   wrk -t12 -c400 -d30s --script=benchmarks/external/a2a_test.lua http://localhost:8000/agents/
--
-- Arguments after "--": the agent (default echo) and the size of the text in bytes (default 1024).

local threads = {}

function setup(thread)
  thread:set("number", #threads + 1)
  table.insert(threads, thread)
end

function init(args)
  local agent = args[1] or "echo"
  local text = string.rep("x", tonumber(args[2] or "1024"))
  path = wrk.path:gsub("/+$", "") .. "/" .. agent .. "/message:send"
  headers = { ["Content-Type"] = "application/a2a+json", ["A2A-Version"] = "1.0" }
  before = '{"message":{"messageId":"' .. number .. "-"
  after = '","role":"ROLE_USER","parts":[{"text":"' .. text .. '"}]}}'
  sent = 0
  refused = 0
end

function request()
  sent = sent + 1
  return wrk.format("POST", path, headers, before .. sent .. after)
end

function response(status)
  if status < 200 or status > 299 then refused = refused + 1 end
end

function done(summary)
  local total = 0
  for _, thread in ipairs(threads) do total = total + thread:get("refused") end
  io.write(string.format("Answers other than 2xx: %d of %d\n", total, summary.requests))
end
