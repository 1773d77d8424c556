package io.ztunnel.sandbox.envoy;

import io.ztunnel.sandbox.waypoint.MeshIdentity;

import java.util.Map;

/** A certificate with its key, and whom to trust, for SDS. */
final class Secrets {
    static final String TYPE = "envoy.extensions.transport_sockets.tls.v3.Secret";

    private Secrets() {}

    /** Certificate and key in one file: there is no moment at which they do not fit. */
    static Map<String, Object> identity(MeshIdentity.Pem pem) {
        return Proto.of(
                "name",
                EnvoyFiles.IDENTITY,
                "tls_certificate",
                Proto.of(
                        "certificate_chain",
                        inline(pem.chain()),
                        "private_key",
                        inline(pem.key())));
    }

    static Map<String, Object> roots(MeshIdentity.Pem pem) {
        return Proto.of(
                "name",
                EnvoyFiles.ROOTS,
                "validation_context",
                Proto.of("trusted_ca", inline(pem.roots())));
    }

    private static Map<String, Object> inline(String text) {
        return Proto.of("inline_string", text);
    }
}
