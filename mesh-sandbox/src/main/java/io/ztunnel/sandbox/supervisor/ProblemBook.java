package io.ztunnel.sandbox.supervisor;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What is wrong at present; each problem goes to the log once, when it appears. */
final class ProblemBook {
    /** A folder of broken files must not fill memory or log. */
    private static final int MAX_LINES = 500;

    private final EventLog log;
    private Set<String> current = new LinkedHashSet<>();

    ProblemBook(EventLog log) {
        this.log = log;
    }

    void set(Collection<String> lines) {
        Set<String> next = new LinkedHashSet<>();
        for (String line : lines) {
            if (next.size() == MAX_LINES) {
                next.add("error: and " + (lines.size() - MAX_LINES) + " further problems");
                break;
            }
            next.add(line);
        }
        for (String line : next) {
            if (!current.contains(line)) {
                log.add(line);
            }
        }
        for (String line : current) {
            if (!next.contains(line)) {
                log.add("no longer: " + line);
            }
        }
        current = next;
    }

    List<String> lines() {
        return List.copyOf(current);
    }
}
