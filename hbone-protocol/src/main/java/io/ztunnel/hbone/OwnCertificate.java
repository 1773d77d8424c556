package io.ztunnel.hbone;

import io.netty.handler.ssl.util.SimpleKeyManagerFactory;

import org.jspecify.annotations.Nullable;

import java.net.Socket;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;

import javax.net.ssl.KeyManager;
import javax.net.ssl.ManagerFactoryParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * Presents the one certificate there is, whatever authorities the peer says it likes: during a root
 * rotation that list may lag behind what the peer accepts.
 */
final class OwnCertificate extends SimpleKeyManagerFactory {
    private final KeyManager[] managers;

    OwnCertificate(TlsIdentity own) {
        managers = new KeyManager[] {new OneKey(own)};
    }

    @Override
    protected void engineInit(KeyStore keyStore, char[] password) {}

    @Override
    protected void engineInit(ManagerFactoryParameters parameters) {}

    @Override
    protected KeyManager[] engineGetKeyManagers() {
        return managers.clone();
    }

    private static final class OneKey extends X509ExtendedKeyManager {
        private static final String ALIAS = "own";

        private final PrivateKey key;
        private final X509Certificate[] chain;

        OneKey(TlsIdentity own) {
            key = own.key();
            chain = own.chain().toArray(X509Certificate[]::new);
        }

        private @Nullable String aliasFor(String type) {
            // The JDK asks by key algorithm, BoringSSL's callback by method: "EC" or "EC_EC".
            return type.startsWith(key.getAlgorithm()) ? ALIAS : null;
        }

        private @Nullable String aliasFor(String[] types) {
            for (String type : types) {
                if (aliasFor(type) != null) {
                    return ALIAS;
                }
            }
            return null;
        }

        @Override
        public @Nullable String chooseEngineClientAlias(
                String[] types, Principal[] issuers, SSLEngine engine) {
            return aliasFor(types);
        }

        @Override
        public @Nullable String chooseEngineServerAlias(
                String type, Principal[] issuers, SSLEngine engine) {
            return aliasFor(type);
        }

        @Override
        public @Nullable String chooseClientAlias(
                String[] types, Principal[] issuers, Socket socket) {
            return aliasFor(types);
        }

        @Override
        public @Nullable String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            return aliasFor(type);
        }

        @Override
        public String[] getClientAliases(String type, Principal[] issuers) {
            return new String[] {ALIAS};
        }

        @Override
        public String[] getServerAliases(String type, Principal[] issuers) {
            return new String[] {ALIAS};
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return chain.clone();
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return key;
        }
    }
}
