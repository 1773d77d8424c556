package io.ztunnel.daemon.dns;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * A name that the one asked for may stand for.
 *
 * @param name in lower case, without the final dot
 * @param stripped what remained of the name asked for without its search domain, if that is where
 *     this alias comes from
 */
record Alias(String name, @Nullable String stripped) {
    /**
     * The host names under which a service may be known that answers to this alias: itself, and
     * ever wider wildcards. Never a bare {@code *}.
     */
    List<String> candidates() {
        List<String> names = new ArrayList<>();
        names.add(name);
        for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
            names.add("*" + name.substring(dot));
        }
        return names;
    }
}
