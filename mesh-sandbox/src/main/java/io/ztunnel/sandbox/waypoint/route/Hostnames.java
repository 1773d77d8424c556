package io.ztunnel.sandbox.waypoint.route;

import java.util.List;
import java.util.Locale;

/** The hostnames of a route that is attached to a Gateway; none stand for all. */
public record Hostnames(List<String> names) {
    static final Hostnames ALL = new Hostnames(List.of());

    public Hostnames {
        names = names.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
    }

    /**
     * How precisely a host is meant: its length for a name, less for a wildcard, 0 by a route for
     * all, -1 when it is not meant.
     *
     * @param host in lower case, without port
     */
    int precision(String host) {
        if (names.isEmpty()) {
            return 0;
        }
        int best = -1;
        for (String name : names) {
            if (name.equals(host)) {
                return Integer.MAX_VALUE;
            }
            if (name.startsWith("*.") && host.endsWith(name.substring(1))) {
                best = Math.max(best, name.length());
            }
        }
        return best;
    }
}
