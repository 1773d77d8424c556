package io.ztunnel.sandbox.waypoint.route;

import io.ztunnel.sandbox.waypoint.request.RequestHead;

/** Where a redirect points to (Gateway API, HTTPRequestRedirectFilter). */
final class Locations {
    private static final int HTTP = 80;
    private static final int HTTPS = 443;

    private Locations() {}

    static String of(Filter.Redirect redirect, PathMatch matched, RequestHead head) {
        // Behind a waypoint requests are in the clear.
        String scheme = redirect.scheme().orElse("http");
        String host =
                redirect.hostname().orElseGet(() -> RequestHead.withoutPort(head.authority()));
        int port = port(redirect, head);
        boolean wellKnown =
                port == 0
                        || (port == HTTP && scheme.equals("http"))
                        || (port == HTTPS && scheme.equals("https"));
        String path = redirect.path().of(matched).apply(head.path());
        return scheme
                + "://"
                + host
                + (wellKnown ? "" : ":" + port)
                + path
                + (head.query().isEmpty() ? "" : "?" + head.query());
    }

    /** A new scheme brings its own port; otherwise the client stays at the one it used. */
    private static int port(Filter.Redirect redirect, RequestHead head) {
        if (redirect.port() != 0) {
            return redirect.port();
        }
        String authority = head.authority();
        String written = authority.substring(RequestHead.withoutPort(authority).length());
        return redirect.scheme().isPresent() || !written.matches(":[0-9]{1,5}")
                ? 0
                : Integer.parseInt(written.substring(1));
    }
}
