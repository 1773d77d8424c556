package io.ztunnel.sandbox.dns;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Host names with their addresses, and aliases; immutable. Names are matched without regard to
 * case.
 */
public final class NameTable {
    public static final NameTable EMPTY = new NameTable(Map.of());

    private final Map<String, List<InetAddress>> names;
    private final Map<String, String> aliases;

    /**
     * @param names fully qualified, without a trailing dot
     */
    public NameTable(Map<String, List<InetAddress>> names) {
        this(names, Map.of());
    }

    /**
     * @param names fully qualified, without a trailing dot
     * @param aliases of these names
     */
    public NameTable(Map<String, List<InetAddress>> names, Map<String, String> aliases) {
        Map<String, List<InetAddress>> folded = new HashMap<>();
        names.forEach((name, addresses) -> folded.put(fold(name), List.copyOf(addresses)));
        this.names = Map.copyOf(folded);
        Map<String, String> foldedAliases = new HashMap<>();
        aliases.forEach((alias, name) -> foldedAliases.put(fold(alias), fold(name)));
        this.aliases = Map.copyOf(foldedAliases);
    }

    /** The name that another one is an alias of. */
    Optional<String> canonical(String name) {
        return Optional.ofNullable(aliases.get(fold(name)));
    }

    /**
     * @param name as in a question, with or without the trailing dot
     */
    boolean contains(String name) {
        return names.containsKey(fold(name));
    }

    /** The addresses of one family; empty when there are none. */
    List<InetAddress> addresses(String name, boolean ipv6) {
        return names.getOrDefault(fold(name), List.of()).stream()
                .filter(address -> address instanceof Inet6Address == ipv6)
                .toList();
    }

    private static String fold(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }
}
