// PostGraphile as its guide for production has it: a worker a core, settings a request.
const cluster = require("node:cluster");
const http = require("node:http");
const { postgraphile } = require("postgraphile");

if (cluster.isPrimary) {
  for (let worker = 0; worker < 2; worker += 1) cluster.fork();
  process.on("SIGTERM", () => process.exit(0));
} else {
  const serve = postgraphile({ connectionString: process.env.PEER_DATABASE_URL, max: 8 }, "peer", {
    disableQueryLog: true,
    enableCors: false,
    graphiql: false,
    ignoreRBAC: false,
    dynamicJson: true,
    pgSettings: async (request) => ({ "peer.tenant_id": request.headers["x-tenant"] }),
  });
  http.createServer(serve).listen(Number(process.env.PORT), "127.0.0.1");
}
