-- upgrade.lua -- What /ws answers to a request that is no WebSocket's opening.
--
-- websocketd would say 404 in words of its own; a client is told what it
-- should have asked, in the form of every other problem.
local request = lighty.r.req_header

if lighty.r.req_attr["request.method"] ~= "GET" then
	return 405
end
if (request["Upgrade"] or ""):lower() ~= "websocket" then
	return 426
end
return 0
