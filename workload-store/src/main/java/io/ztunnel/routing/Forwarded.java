package io.ztunnel.routing;

import io.ztunnel.store.HostPort;

import org.jspecify.annotations.Nullable;

/** The {@code forwarded} header of a CONNECT, in the subset of RFC 7239 that ztunnels exchange. */
public final class Forwarded {
    private static final String HOST = "host=";

    private Forwarded() {}

    /**
     * {@code for="10.0.0.1:34567";host=web.example}, an IPv6 address in brackets.
     *
     * @param client the peer that connected to this ztunnel
     * @param host the host name of the service that it addressed, if any; left out when it cannot
     *     stand unquoted
     */
    public static String build(HostPort client, @Nullable String host) {
        String element = "for=\"" + client + "\"";
        return host == null || !isUnquotable(host) ? element : element + ";" + HOST + host;
    }

    private static boolean isUnquotable(String host) {
        return HeaderText.isPlain(host) && host.indexOf(';') < 0;
    }

    /**
     * The host that the client addressed. For labels and dumps only: it is the peer's claim.
     *
     * @param header the first header line; null if there is none
     * @return null when there is no host, it is empty, or the header is not plain ASCII
     */
    public static @Nullable String host(@Nullable CharSequence header) {
        if (header == null || !HeaderText.isPlain(header)) {
            return null;
        }
        String text = header.toString();
        int from = 0;
        while (from <= text.length()) {
            int semicolon = text.indexOf(';', from);
            int end = semicolon < 0 ? text.length() : semicolon;
            String pair = text.substring(from, end).strip();
            if (pair.startsWith(HOST)) {
                String host = unquote(pair.substring(HOST.length()));
                return host.isEmpty() ? null : host;
            }
            from = end + 1;
        }
        return null;
    }

    private static String unquote(String value) {
        int from = value.startsWith("\"") ? 1 : 0;
        int to =
                value.length() > from && value.endsWith("\"") ? value.length() - 1 : value.length();
        return value.substring(from, to);
    }
}
