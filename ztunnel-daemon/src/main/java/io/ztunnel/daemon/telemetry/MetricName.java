package io.ztunnel.daemon.telemetry;

/**
 * A metric family.
 *
 * @param name without {@code _total}
 * @param help one sentence without its full stop
 * @param stable whether dashboards may rely on it; the help of all others says so
 * @param unit "" or the last word of the name
 */
record MetricName(String name, String help, boolean stable, String unit) {
    static final MetricName NONE = new MetricName("", "", true, "");

    static MetricName stable(String name, String help) {
        return new MetricName(name, help, true, "");
    }

    static MetricName unstable(String name, String help) {
        return new MetricName(name, help, false, "");
    }

    String fullHelp() {
        return stable ? help : help + " (unstable)";
    }
}
