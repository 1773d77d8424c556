package io.ztunnel.xds;

import io.ztunnel.store.IpAddress;

import org.jspecify.annotations.Nullable;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** Whether a server certificate is for a host, RFC 9525: by alternative names only. */
final class ServerNames {
    private static final int DNS = 2;
    private static final int IP = 7;

    private ServerNames() {}

    static boolean matches(X509Certificate certificate, String host)
            throws CertificateParsingException {
        Collection<List<?>> names = certificate.getSubjectAlternativeNames();
        if (names == null) {
            return false;
        }
        IpAddress address = literal(host);
        for (List<?> name : names) {
            if (name.get(0) instanceof Integer type && name.get(1) instanceof String value) {
                boolean match =
                        address != null
                                ? type == IP && Objects.equals(address, literal(value))
                                : type == DNS && matchesDns(value, host);
                if (match) {
                    return true;
                }
            }
        }
        return false;
    }

    private static @Nullable IpAddress literal(String text) {
        try {
            return IpAddress.parse(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** A wildcard stands for exactly one label, the leftmost. */
    static boolean matchesDns(String pattern, String host) {
        String name = host.toLowerCase(Locale.ROOT);
        String wanted = pattern.toLowerCase(Locale.ROOT);
        if (!wanted.startsWith("*.")) {
            return wanted.equals(name);
        }
        int dot = name.indexOf('.');
        String parent = wanted.substring(2);
        return dot > 0 && parent.indexOf('.') > 0 && name.substring(dot + 1).equals(parent);
    }
}
