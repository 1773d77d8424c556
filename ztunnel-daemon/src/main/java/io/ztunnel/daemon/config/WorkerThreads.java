package io.ztunnel.daemon.config;

import org.jspecify.annotations.Nullable;

/** How many data threads to run, from the environment, the proxy config and the machine. */
final class WorkerThreads {
    private WorkerThreads() {}

    /** Returns the text itself when it is a count or a percentage. */
    static String checked(String text) {
        resolve(text, 1);
        return text;
    }

    /**
     * @param processors logical cores of the machine
     * @return 1 or more
     */
    static int count(Environment env, @Nullable Integer concurrency, int processors) {
        Integer limit = env.find(Knobs.ZTUNNEL_RESOURCE_CPU_LIMIT);
        Integer plainLimit = env.find(Knobs.ZTUNNEL_CPU_LIMIT);
        int request = env.get(Knobs.ZTUNNEL_RESOURCE_CPU_REQUEST, 0);
        int cpus = limit != null ? limit : plainLimit != null ? plainLimit : processors;

        String wanted = env.find(Knobs.ZTUNNEL_WORKER_THREADS);
        if (wanted != null) {
            return Math.max(resolve(wanted, cpus), 1);
        }
        if (concurrency != null) {
            return Math.max(concurrency > 0 ? concurrency : cpus, 1);
        }
        if (limit != null) {
            return Math.max(limit, request);
        }
        return Math.max(Math.max((cpus + 3) / 4, request), 2);
    }

    private static int resolve(String text, int cpus) {
        if (!text.endsWith("%")) {
            int count = Texts.integer(text, 0, Short.MAX_VALUE);
            return count == 0 ? cpus : count;
        }
        double percent = Double.parseDouble(text.substring(0, text.length() - 1));
        if (!(percent > 0 && percent <= 100)) {
            throw new IllegalArgumentException("out of range: " + text);
        }
        return (int) Math.ceil(cpus * percent / 100);
    }
}
