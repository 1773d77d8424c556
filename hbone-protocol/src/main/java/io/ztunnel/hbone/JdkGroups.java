package io.ztunnel.hbone;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The JDK's names of key exchange groups; it has no hybrid one in TLS. */
final class JdkGroups {
    private static final Map<String, String> NAMES =
            Map.of("X25519", "x25519", "P-256", "secp256r1", "P-384", "secp384r1");

    private JdkGroups() {}

    static List<String> known(List<String> groups) {
        return groups.stream().map(NAMES::get).filter(Objects::nonNull).toList();
    }
}
