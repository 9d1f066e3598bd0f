// An OpenID issuer that does as little as one can, so that the load is the relying party's: whoever
// brings the code NONCE.SUBJECT gets an ID token with both. It prints its address when it listens,
// and ends when stdin closes.

import { generateKeyPairSync, sign } from "node:crypto";
import { createServer } from "node:http";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const jwk = { ...publicKey.export({ format: "jwk" }), kid: "1", use: "sig", alg: "EdDSA" };
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const header = part({ alg: "EdDSA", kid: "1", typ: "JWT" });

const tokens = (issuer, code) => {
  const [nonce, sub] = code.split(".");
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: "bench", sub, nonce, iat: now, exp: now + 300,
    email: `${sub}@bench.example`, email_verified: true, name: sub };
  const message = `${header}.${part(claims)}`;
  const signature = sign(null, Buffer.from(message), privateKey).toString("base64url");
  return { token_type: "Bearer", access_token: "a", id_token: `${message}.${signature}` };
};

const server = createServer({ keepAlive: true, keepAliveTimeout: 60_000 });
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const document = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["EdDSA"],
    code_challenge_methods_supported: ["S256"],
  };
  server.on("request", (request, response) => {
    const answer = (value) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(value));
    };
    if (request.url === "/.well-known/openid-configuration") return answer(document);
    if (request.url === "/jwks") return answer({ keys: [jwk] });
    let body = "";
    request.on("data", (chunk) => { body += chunk; });
    request.on("end", () => answer(tokens(issuer, new URLSearchParams(body).get("code"))));
  });
  process.stdout.write(`${issuer}\n`);
});

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
