// SPDX-FileCopyrightText: The caducee contributors
// SPDX-License-Identifier: Apache-2.0
//
// A client by openid-client: from the answer of the authorization endpoint to userinfo, renewal,
// introspection and revocation. Reads what it works with as JSON, and writes what it found.
import { readFileSync } from "node:fs";
import * as client from "openid-client";

const given = JSON.parse(readFileSync(0, "utf8"));
const method = given.method === "post" ? client.ClientSecretPost : client.ClientSecretBasic;
const config = await client.discovery(
  new URL(given.discovery),
  given.client_id,
  { client_secret: given.secret },
  method(given.secret),
  { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] },
);

try {
  const tokens = await client.authorizationCodeGrant(config, new URL(given.answer), given.checks);
  const claims = tokens.claims();
  const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
  const before = await client.tokenIntrospection(config, renewed.access_token);
  await client.tokenRevocation(config, renewed.refresh_token);
  const after = await client.tokenIntrospection(config, renewed.access_token);
  console.log(JSON.stringify({ claims, userinfo, renewed: renewed.claims(), before, after }));
} catch (error) {
  console.log(JSON.stringify({ refused: error.error ?? error.code, message: error.message }));
}
