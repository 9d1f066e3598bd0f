// The provider of scripts/oidc-provider: its clients, its one way to sign in, and who can be.
//
// It prints its issuer when it listens, and ends when stdin closes. Whoever gives a name signs in
// under it, with any password.

import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";

// The packages stand in another folder than this file.
const { Provider } = createRequire(`${process.argv[2]}/`)("oidc-provider");

// Its warnings are about what only a provider in production needs.
console.warn = () => {};
console.info = () => {};

const key = (kid, type, options) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }), kid, use: "sig",
});

const client = (issuer, id, alg, auth) => ({
  client_id: id,
  ...(auth === "none" ? {} : { client_secret: `${id}: secret & more` }),
  token_endpoint_auth_method: auth,
  id_token_signed_response_alg: alg,
  redirect_uris: [
    "https://bulkhead.example/callback", "https://bulkhead.example/sign-in/home/callback",
  ],
  response_types: ["code"],
  grant_types: ["authorization_code"],
  backchannel_logout_uri: `${issuer}${received}`,
  backchannel_logout_session_required: true,
});

// Where clients would be told who has signed out: a test reads there what came last.
const received = "/received";
let last = "";
const receive = (request, response) => {
  if (request.method === "GET") return response.end(last);
  last = "";
  request.on("data", (chunk) => { last += chunk; });
  request.on("end", () => response.end());
};

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      client(issuer, "rsa", "RS256", "client_secret_basic"),
      client(issuer, "elliptic", "ES256", "client_secret_basic"),
      client(issuer, "public", "EdDSA", "none"),
    ],
    jwks: {
      keys: [
        key("rsa", "rsa", { modulusLength: 2048 }),
        key("p256", "ec", { namedCurve: "P-256" }),
        key("ed25519", "ed25519"),
      ],
    },
    cookies: { keys: ["only for tests"] },
    claims: { openid: ["sub", "sid"], email: ["email", "email_verified"], profile: ["name", "groups"] },
    // Otherwise a client asks for these at another endpoint.
    conformIdTokenClaims: false,
    enabledJWA: { idTokenSigningAlgValues: ["RS256", "ES256", "EdDSA"] },
    features: {
      devInteractions: { enabled: true },
      backchannelLogout: { enabled: true },
      // For a resource that a client names, its access tokens are JWTs (RFC 8707, RFC 9068).
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        getResourceServerInfo: (_, audience) => ({
          scope: "", audience, accessTokenFormat: "jwt", jwt: { sign: { alg: "ES256" } },
        }),
      },
    },
    // Its own dispatcher reaches nobody on this machine, which is where its clients are here.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    findAccount: (_, sub) => ({
      accountId: sub,
      claims: () => ({
        sub, email: `${sub}@acme.example`, email_verified: true, name: sub, groups: ["builders"],
      }),
    }),
  });
  provider.on("backchannel.error", (_, error) => console.error(error));
  const answer = provider.callback();
  server.on("request", (request, response) => {
    (request.url === received ? receive : answer)(request, response);
  });
  process.stdout.write(`${issuer}\n`);
});

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
