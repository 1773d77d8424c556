package io.ztunnel.bench.mesh;

import com.fasterxml.jackson.jr.ob.JSON;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Bulk transfer by iperf3: a server in one pod, a client in another. */
public final class Iperf {
    public static final int PORT = 5201;

    private static final Duration MARGIN = Duration.ofSeconds(30);

    /** With several streams iperf3 repeats some keys. */
    private static final JSON LENIENT = JSON.std.without(JSON.Feature.FAIL_ON_DUPLICATE_MAP_KEYS);

    private Iperf() {}

    /** Serves until closed. */
    public static Running server(Place pod) throws IOException {
        Process process = Commands.startIn(pod, List.of("iperf3", "-s", "-p", "" + PORT));
        process.getInputStream().close();
        return process::destroyForcibly;
    }

    /**
     * Sends for some time.
     *
     * @return bytes that arrived
     * @throws IOException when iperf3 fails
     */
    public static long send(Place from, InetAddress to, int seconds, int streams, boolean reverse)
            throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "iperf3",
                                "-J",
                                "-c",
                                to.getHostAddress(),
                                "-p",
                                "" + PORT,
                                "-t",
                                "" + seconds,
                                "-P",
                                "" + streams));
        if (reverse) {
            command.add("-R");
        }
        String json = Commands.runIn(from, Duration.ofSeconds(seconds).plus(MARGIN), command);
        if (LENIENT.mapFrom(json).get("end") instanceof Map<?, ?> end
                && end.get("sum_received") instanceof Map<?, ?> sum
                && sum.get("bytes") instanceof Number bytes) {
            return bytes.longValue();
        }
        throw new IOException("iperf3 tells no result: " + json);
    }
}
