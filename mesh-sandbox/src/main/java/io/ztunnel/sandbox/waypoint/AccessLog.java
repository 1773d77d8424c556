package io.ztunnel.sandbox.waypoint;

import java.time.Duration;
import java.util.function.Consumer;

/** One line for each request, connection and refusal. Safe for use from any thread. */
final class AccessLog {
    private static final int MAX_TEXT = 256;

    private final String gateway;
    private final Consumer<String> lines;

    /**
     * @param gateway {@code namespace/name}
     */
    AccessLog(String gateway, Consumer<String> lines) {
        this.gateway = gateway;
        this.lines = lines;
    }

    /**
     * @param peer the client's identity
     * @param upstream {@code ip:port} of the endpoint, or "-"
     */
    record Path(String peer, String service, String upstream) {
        private String text() {
            return "src=" + peer + " service=" + service + " upstream=" + upstream;
        }
    }

    /**
     * @param status what the client was told; 0 if it left before
     * @param bytes of the body that went to the client
     * @param details what the waypoint decided, or ""
     * @param remark why it did not end well, or ""
     */
    void request(
            Path path,
            String method,
            String uri,
            int status,
            long bytes,
            Duration took,
            String details,
            String remark) {
        line(
                "%s %s %d %s bytes=%d %dms%s%s"
                        .formatted(
                                printable(method),
                                printable(uri),
                                status,
                                path.text(),
                                bytes,
                                took.toMillis(),
                                details.isEmpty() ? "" : " " + printable(details),
                                suffix(remark)));
    }

    void connection(Path path, long received, long sent, Duration took, String remark) {
        line(
                "TCP %s received=%d sent=%d %dms%s"
                        .formatted(path.text(), received, sent, took.toMillis(), suffix(remark)));
    }

    /** A policy that is not enforced would have denied. */
    void dryRun(String peer, String service, String why) {
        line("dry-run src=" + peer + " service=" + service + ": " + printable(why));
    }

    /** A connection or a tunnel that did not come about. */
    void refused(String peer, String why) {
        line("refused src=" + peer + ": " + printable(why));
    }

    private void line(String text) {
        lines.accept("[waypoint " + gateway + "] " + text);
    }

    private static String suffix(String remark) {
        return remark.isEmpty() ? "" : " error=\"" + printable(remark) + '"';
    }

    /** What a client says cannot look like a line of its own, nor fill the disk. */
    private static String printable(String text) {
        String cut = text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) + "..." : text;
        return cut.replaceAll("[^ -~]", "?");
    }
}
