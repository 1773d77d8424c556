package io.ztunnel.daemon.config;

import io.ztunnel.store.IpAddress;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * What {@code /etc/resolv.conf} says, see resolv.conf(5). Lines that make no sense are skipped, as
 * the C library does.
 *
 * @param attempts 1 to 5
 * @param timeoutSeconds 1 to 30
 * @param edns0 whether questions say that longer answers are welcome
 */
public record ResolverConfig(
        List<IpAddress> nameServers,
        @Nullable String domain,
        List<String> search,
        int ndots,
        int attempts,
        int timeoutSeconds,
        boolean edns0) {
    static final String FILE = "/etc/resolv.conf";
    private static final int MAX_NAME_SERVERS = 16;
    private static final int MAX_SEARCH = 32;

    static ResolverConfig parse(String text) {
        List<IpAddress> servers = new ArrayList<>();
        List<String> search = new ArrayList<>();
        String domain = null;
        int ndots = 1;
        int attempts = 2;
        int timeout = 5;
        boolean edns0 = false;
        for (String line : text.lines().toList()) {
            List<String> words = List.of(line.strip().split("[ \t]+", -1));
            List<String> values = words.subList(1, words.size());
            switch (words.getFirst()) {
                case "nameserver" -> values.stream().limit(1).forEach(ip -> addIp(servers, ip));
                case "domain" -> domain = values.isEmpty() ? null : values.getFirst();
                case "search" -> {
                    search.clear(); // the last line counts
                    values.stream().limit(MAX_SEARCH).forEach(search::add);
                }
                case "options" -> {
                    for (String option : values) {
                        ndots = option(option, "ndots:", ndots, 0, 15);
                        attempts = option(option, "attempts:", attempts, 1, 5);
                        timeout = option(option, "timeout:", timeout, 1, 30);
                        edns0 |= option.equals("edns0");
                    }
                }
                default -> {}
            }
        }
        return new ResolverConfig(
                List.copyOf(servers), domain, List.copyOf(search), ndots, attempts, timeout, edns0);
    }

    private static void addIp(List<IpAddress> servers, String text) {
        int zone = text.indexOf('%');
        try {
            if (servers.size() < MAX_NAME_SERVERS) {
                servers.add(IpAddress.parse(zone < 0 ? text : text.substring(0, zone)));
            }
        } catch (IllegalArgumentException e) {
            return; // one unusable server does not make the others unusable
        }
    }

    private static int option(String option, String name, int current, int min, int max) {
        if (!option.startsWith(name)) {
            return current;
        }
        try {
            return Math.clamp(Long.parseLong(option, name.length(), option.length(), 10), min, max);
        } catch (NumberFormatException e) {
            return current;
        }
    }
}
