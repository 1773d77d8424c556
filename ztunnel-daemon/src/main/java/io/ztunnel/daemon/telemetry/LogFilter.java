package io.ztunnel.daemon.telemetry;

import org.slf4j.event.Level;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/**
 * Which lines are written: {@code RUST_LOG} directives, changeable while running. A directive is a
 * level for everything, or {@code scope=level} for scopes that start with it; the longest scope
 * wins. Thread-safe; reading is one volatile load.
 */
public final class LogFilter {
    private static final int MAX_DIRECTIVES = 256;
    private static final int MAX_LENGTH = 4096;

    /** Bounds the verbosity of one scope prefix; "" is the default for all. */
    record Directive(String scope, Verbosity verbosity) {
        @Override
        public String toString() {
            String level = verbosity.name().toLowerCase(Locale.ROOT);
            return scope.isEmpty() ? level : scope + "=" + level;
        }
    }

    enum Verbosity {
        OFF,
        ERROR,
        WARN,
        INFO,
        DEBUG,
        TRACE;

        boolean includes(Level level) {
            return switch (level) {
                case ERROR -> this != OFF;
                case WARN -> compareTo(WARN) >= 0;
                case INFO -> compareTo(INFO) >= 0;
                case DEBUG -> compareTo(DEBUG) >= 0;
                case TRACE -> this == TRACE;
            };
        }
    }

    /** Most specific first: longer scopes, then backwards through the alphabet. */
    record Rules(List<Directive> directives) {
        Verbosity verbosity(LogScope scope) {
            for (Directive directive : directives) {
                if (scope.startsWith(directive.scope())) {
                    return directive.verbosity();
                }
            }
            return Verbosity.OFF;
        }

        Rules with(List<Directive> added) {
            List<Directive> all = new ArrayList<>(directives);
            for (Directive directive : added) {
                all.removeIf(old -> old.scope().equals(directive.scope()));
                all.add(directive);
            }
            if (all.size() > MAX_DIRECTIVES) {
                throw invalid("more than " + MAX_DIRECTIVES + " directives");
            }
            Comparator<Directive> byScope =
                    Comparator.comparingInt((Directive d) -> d.scope().length())
                            .thenComparing(Directive::scope);
            all.sort(byScope.reversed());
            return new Rules(List.copyOf(all));
        }
    }

    private final Rules startup;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile Rules rules;

    private LogFilter(Rules startup) {
        this.startup = startup;
        this.rules = startup;
    }

    /**
     * @param directives the value of RUST_LOG; a clause that makes no sense is left out, so that a
     *     typing error costs no start. Without any usable clause the level is {@code info}.
     */
    public static LogFilter startingWith(String directives) {
        List<Directive> usable = new ArrayList<>();
        for (String clause : clauses(directives)) {
            if (usable.size() < MAX_DIRECTIVES) {
                addIfValid(usable, clause);
            }
        }
        Rules rules = new Rules(List.of()).with(usable);
        return new LogFilter(
                rules.directives().isEmpty()
                        ? rules.with(List.of(new Directive("", Verbosity.INFO)))
                        : rules);
    }

    /**
     * Adds to the current directives; the same scope is replaced.
     *
     * @param directives separated by commas: a level, or {@code scope=level} (or {@code :}); {@code
     *     warning} and {@code critical} are taken for {@code warn} and {@code error}
     * @throws IllegalArgumentException naming the clause; nothing is changed then
     */
    public synchronized void update(String directives) {
        replace(rules.with(parse(directives)));
    }

    /** Back to the directives of the start. */
    public synchronized void reset() {
        replace(startup);
    }

    /**
     * Back to the directives of the start, then {@link #update}.
     *
     * @throws IllegalArgumentException as update; nothing is changed then
     */
    public synchronized void reset(String directives) {
        replace(startup.with(parse(directives)));
    }

    boolean isEnabled(LogScope scope, Level level) {
        return rules.verbosity(scope).includes(level);
    }

    Rules rules() {
        return rules;
    }

    /** Called after each change, on the thread that changed it. */
    void onChange(Runnable listener) {
        listeners.add(listener);
    }

    private void replace(Rules changed) {
        rules = changed;
        listeners.forEach(Runnable::run);
    }

    private static void addIfValid(List<Directive> usable, String clause) {
        try {
            usable.add(parseClause(clause, true));
        } catch (IllegalArgumentException e) {
            return; // there is no log yet to say it in
        }
    }

    private static List<Directive> parse(String directives) {
        if (directives.length() > MAX_LENGTH) {
            throw invalid("longer than " + MAX_LENGTH + " characters");
        }
        List<Directive> parsed = new ArrayList<>();
        for (String clause : clauses(directives)) {
            parsed.add(parseClause(clause, false));
        }
        if (parsed.isEmpty()) {
            throw invalid(directives);
        }
        return parsed;
    }

    private static List<String> clauses(String directives) {
        return Arrays.stream(directives.split(",", -1))
                .map(String::strip)
                .filter(clause -> !clause.isEmpty())
                .toList();
    }

    /**
     * @param bareScope whether a scope alone is taken, as everything of that scope
     */
    private static Directive parseClause(String clause, boolean bareScope) {
        int split = clause.indexOf('=');
        if (split < 0) {
            int colon = clause.lastIndexOf(':');
            split = colon > 0 && clause.charAt(colon - 1) == ':' ? -1 : colon;
        }
        if (split >= 0) {
            String scope = clause.substring(0, split);
            return new Directive(
                    scopeName(scope, clause), level(clause.substring(split + 1), clause));
        }
        try {
            return new Directive("", level(clause, clause));
        } catch (IllegalArgumentException e) {
            if (!bareScope) {
                throw e;
            }
            return new Directive(scopeName(clause, clause), Verbosity.TRACE);
        }
    }

    private static String scopeName(String scope, String clause) {
        boolean valid =
                !scope.isEmpty()
                        && scope.chars()
                                .allMatch(
                                        c ->
                                                Character.isLetterOrDigit(c)
                                                        || c == '_'
                                                        || c == '-'
                                                        || c == ':'
                                                        || c == '.'
                                                        || c == '$');
        if (!valid) {
            throw invalid(clause);
        }
        return scope;
    }

    private static Verbosity level(String name, String clause) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "off" -> Verbosity.OFF;
            case "error", "critical" -> Verbosity.ERROR;
            case "warn", "warning" -> Verbosity.WARN;
            case "info" -> Verbosity.INFO;
            case "debug" -> Verbosity.DEBUG;
            case "trace" -> Verbosity.TRACE;
            default -> throw invalid(clause);
        };
    }

    private static IllegalArgumentException invalid(String what) {
        return new IllegalArgumentException("Invalid level provided: " + what);
    }

    /** The current directives, most specific first, the default last. */
    @Override
    public String toString() {
        return rules.directives().stream()
                .map(Directive::toString)
                .collect(Collectors.joining(","));
    }
}
