package io.ztunnel.daemon.dns;

import io.ztunnel.store.IpAddress;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What {@code /etc/hosts} says, see hosts(5). Lines that make no sense are skipped. Immutable. */
final class HostsFile {
    static final String PATH = "/etc/hosts";
    private static final int MAX_LINES = 10_000;

    private final Map<String, List<IpAddress>> names = new HashMap<>();

    private HostsFile() {}

    static HostsFile parse(String text) {
        HostsFile hosts = new HostsFile();
        text.lines().limit(MAX_LINES).forEach(hosts::read);
        return hosts;
    }

    private void read(String line) {
        int comment = line.indexOf('#');
        String content = comment < 0 ? line : line.substring(0, comment);
        List<String> words = List.of(content.strip().split("\\s+", -1));
        IpAddress address;
        try {
            address = IpAddress.parse(words.getFirst());
        } catch (IllegalArgumentException e) {
            return; // empty lines, zones of links, and nonsense
        }
        for (String name : words.subList(1, words.size())) {
            String host = name.toLowerCase(Locale.ROOT);
            names.computeIfAbsent(host, unknown -> new ArrayList<>()).add(address);
        }
    }

    /**
     * @param host in lower case, without the final dot
     */
    List<IpAddress> addresses(String host, boolean ipv6) {
        return names.getOrDefault(host, List.of()).stream()
                .filter(ip -> ip.isV4() != ipv6)
                .distinct()
                .toList();
    }
}
