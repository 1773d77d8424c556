package io.ztunnel.daemon.telemetry;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** File descriptors of this process, from proc(5). */
final class ProcessMetrics {
    private static final Path OPEN = Path.of("/proc/self/fd");
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final String LIMIT_LINE = "Max open files";

    private ProcessMetrics() {}

    static void register(Metrics metrics) {
        metrics.gauge(MetricName.stable("process_open_fds", "The number of open file descriptors"))
                .bind(ProcessMetrics::open);
        metrics.gauge(
                        MetricName.stable(
                                "process_max_fds",
                                "The number of file descriptors that may be open"))
                .bind(ProcessMetrics::max);
    }

    private static long open() {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(OPEN)) {
            long count = -1; // the one that reads the directory
            for (Path ignored : descriptors) {
                count++;
            }
            return count;
        } catch (IOException e) {
            return GaugeFamily.NO_SAMPLE;
        }
    }

    private static long max() {
        try {
            for (String line : Files.readAllLines(LIMITS)) {
                if (line.startsWith(LIMIT_LINE)) {
                    String soft = line.substring(LIMIT_LINE.length()).strip().split(" ", 2)[0];
                    return soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft);
                }
            }
            return GaugeFamily.NO_SAMPLE;
        } catch (IOException | NumberFormatException e) {
            return GaugeFamily.NO_SAMPLE;
        }
    }
}
