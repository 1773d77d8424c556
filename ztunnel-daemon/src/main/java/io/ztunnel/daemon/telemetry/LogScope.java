package io.ztunnel.daemon.telemetry;

/**
 * Where a line comes from.
 *
 * @param name as printed
 * @param target as filters may also name it: with the {@code ztunnel::} that is not printed
 */
record LogScope(String name, String target) {
    private static final String OWN_TARGET = "ztunnel::";

    /** {@code io.ztunnel.daemon.proxy.X} is {@code proxy::X}; foreign names keep all pieces. */
    static LogScope of(String loggerName) {
        for (String own : new String[] {"io.ztunnel.daemon.", "io.ztunnel."}) {
            if (loggerName.startsWith(own)) {
                String name = pieces(loggerName.substring(own.length()));
                return new LogScope(name, OWN_TARGET + name);
            }
        }
        String name = pieces(loggerName);
        return new LogScope(name, name);
    }

    private static String pieces(String dotted) {
        return dotted.replace(".", "::");
    }

    boolean startsWith(String prefix) {
        return target.startsWith(prefix) || name.startsWith(prefix);
    }
}
