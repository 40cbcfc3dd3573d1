// SPDX-FileCopyrightText: The caducee contributors
// SPDX-License-Identifier: Apache-2.0
//
// Tells whose card it is, signs a document with it, and verifies the signature.
//
//     apt install default-jdk-headless
//     java Sign.java MODULE DOCUMENT SIGNATURE
//
// MODULE is what `caducee pkcs11 path` prints. The code is read from standard input.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.Map;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

public class Sign {
    static final String NAME = "Certificat de Signature CPS";

    public static void main(String[] arguments) throws Exception {
        Provider provider = Security.getProvider("SunPKCS11")
            .configure("--name = caducee\nlibrary = " + arguments[0] + "\nslotListIndex = 0\n");
        char[] code = new BufferedReader(new InputStreamReader(System.in)).readLine().toCharArray();

        // A KeyStore of a token can be read once it is open, and it opens with the code.
        KeyStore card = KeyStore.getInstance("PKCS11", provider);
        card.load(null, code);
        X509Certificate certificate = (X509Certificate) card.getCertificate(NAME);
        System.out.println("Certificates: " + Collections.list(card.aliases()));
        System.out.println("Holder: " + holder(certificate));

        byte[] data = Files.readAllBytes(Path.of(arguments[1]));
        Signature signing = Signature.getInstance("SHA256withRSA", provider);
        signing.initSign((PrivateKey) card.getKey(NAME, null));
        signing.update(data);
        byte[] made = signing.sign();

        // Verified by Java itself, not by the card's provider; with the key, for Java refuses the
        // certificate of a key that is made for signatures of contents alone.
        Signature verifying = Signature.getInstance("SHA256withRSA", "SunRsaSign");
        verifying.initVerify(certificate.getPublicKey());
        verifying.update(data);
        if (!verifying.verify(made)) {
            throw new IllegalStateException("the signature is not good");
        }
        Files.write(Path.of(arguments[2]), made);
        System.out.println("Signed: " + made.length + " bytes, verified");
    }

    /** Family name, given name and number of the holder; the names share one RDN. */
    static String holder(X509Certificate certificate) throws Exception {
        String subject = certificate.getSubjectX500Principal().getName(
            "RFC1779", Map.of("2.5.4.4", "SURNAME", "2.5.4.42", "GIVENNAME"));
        StringBuilder found = new StringBuilder();
        for (String wanted : new String[] {"SURNAME", "GIVENNAME", "CN"}) {
            for (Rdn rdn : new LdapName(subject).getRdns()) {
                var value = rdn.toAttributes().get(wanted);
                if (value != null) {
                    found.append(found.length() == 0 ? "" : " ").append(value.get());
                }
            }
        }
        return found.toString();
    }
}
