// SPDX-FileCopyrightText: The caducee contributors
// SPDX-License-Identifier: Apache-2.0
//
// Tells whose card it is, signs a document with it, and verifies the signature.
//
//     apt install nodejs npm g++ make          (pkcs11js is built when it is installed)
//     npm install
//     node sign.mjs MODULE DOCUMENT SIGNATURE
//
// MODULE is what `caducee pkcs11 path` prints. The code is read from standard input.

import { X509Certificate, verify } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import p11 from "pkcs11js";

const CERTIFICATE = "Certificat de Signature CPS";
const KEY = "CPS_PRIV_SIG";
const [module, document, signature] = process.argv.slice(2);

function find(card, session, kind, label) {
  card.C_FindObjectsInit(session, [
    { type: p11.CKA_CLASS, value: kind },
    { type: p11.CKA_LABEL, value: label },
  ]);
  const [found] = card.C_FindObjects(session, 1);
  card.C_FindObjectsFinal(session);
  return found;
}

// Family name, given name and number; node prints parts of one name with a plus between them.
function holder(certificate) {
  const parts = certificate.subject.split(/\n| \+ |\+/).map((part) => part.split("="));
  const names = Object.fromEntries(parts);
  return [names.SN, names.GN, names.CN].filter(Boolean).join(" ");
}

const card = new p11.PKCS11();
card.load(module);
card.C_Initialize();
try {
  const [slot] = card.C_GetSlotList(true);
  const session = card.C_OpenSession(slot, p11.CKF_SERIAL_SESSION);
  console.log("Card:", card.C_GetTokenInfo(slot).label.trim());

  const object = find(card, session, p11.CKO_CERTIFICATE, CERTIFICATE);
  const [{ value }] = card.C_GetAttributeValue(session, object, [{ type: p11.CKA_VALUE }]);
  const certificate = new X509Certificate(value);
  console.log("Holder:", holder(certificate));

  card.C_Login(session, p11.CKU_USER, readFileSync(0, "ascii").trim());
  const data = readFileSync(document);
  const key = find(card, session, p11.CKO_PRIVATE_KEY, KEY);
  card.C_SignInit(session, { mechanism: p11.CKM_SHA256_RSA_PKCS }, key);
  const made = card.C_Sign(session, data, Buffer.alloc(512));
  if (!verify("sha256", data, certificate.publicKey, made)) {
    throw new Error("the signature is not good");
  }
  writeFileSync(signature, made);
  console.log("Signed:", made.length, "bytes, verified");
} finally {
  card.C_Finalize();
}
