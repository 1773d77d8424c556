package io.ztunnel.hbone;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Every object that is allocated between two moments, in a JVM without thread-local buffers. */
final class Allocations implements AutoCloseable {
    private static final String EVENT = "jdk.ObjectAllocationOutsideTLAB";
    private static final int SHOWN_FRAMES = 12;
    private static final int SHOWN_SITES = 5;

    /** Where our code's requests pass through: an object made there is whose who called. */
    private static final List<String> ON_BEHALF =
            List.of(
                    "java.",
                    "jdk.",
                    "sun.",
                    "io.netty.buffer.",
                    "io.netty.util.",
                    "io.netty.channel.");

    private final Recording recording = new Recording();
    private final Path file;

    /** The objects of one thread that our code asked for, by where. */
    record Ours(long objects, Map<String, Integer> sites) {
        static final Ours UNKNOWN = new Ours(Long.MAX_VALUE, Map.of());

        String text(int mib) {
            return sites.entrySet().stream()
                    .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                    .limit(SHOWN_SITES)
                    .map(
                            site ->
                                    "  %.2f %s\n"
                                            .formatted(
                                                    (double) site.getValue() / mib, site.getKey()))
                    .collect(Collectors.joining());
        }
    }

    private Allocations(Path file) {
        this.file = file;
    }

    static Allocations record() throws IOException {
        Allocations allocations = new Allocations(Files.createTempFile("allocations", ".jfr"));
        allocations.recording.enable(EVENT).withStackTrace();
        allocations.recording.start();
        return allocations;
    }

    void stop() throws IOException {
        recording.stop();
        recording.dump(file);
    }

    Ours ours(long thread) throws IOException {
        long objects = 0;
        Map<String, Integer> sites = new HashMap<>();
        try (RecordingFile events = new RecordingFile(file)) {
            while (events.hasMoreEvents()) {
                RecordedEvent event = events.readEvent();
                RecordedStackTrace stack = event.getStackTrace();
                if (event.getThread() != null
                        && event.getThread().getJavaThreadId() == thread
                        && stack != null
                        && isOurs(stack.getFrames())) {
                    objects++;
                    sites.merge(describe(event, stack.getFrames()), 1, Integer::sum);
                }
            }
        }
        return new Ours(objects, sites);
    }

    /** What TLS allocates for its records, and epoll for its events, is not for us to change. */
    private static boolean isOurs(List<RecordedFrame> frames) {
        for (RecordedFrame frame : frames) {
            String type = frame.getMethod().getType().getName();
            if (ON_BEHALF.stream().noneMatch(type::startsWith)) {
                // The loop's own handler is below all that a loop does.
                return type.startsWith("io.ztunnel.")
                        && !type.equals(RelayIoHandler.class.getName());
            }
        }
        return false;
    }

    private static String describe(RecordedEvent event, List<RecordedFrame> frames) {
        return event.getClass("objectClass").getName()
                + ", "
                + event.getLong("allocationSize")
                + " bytes"
                + frames.stream()
                        .limit(SHOWN_FRAMES)
                        .map(
                                frame ->
                                        "\n    at %s.%s:%d"
                                                .formatted(
                                                        frame.getMethod().getType().getName(),
                                                        frame.getMethod().getName(),
                                                        frame.getLineNumber()))
                        .collect(Collectors.joining());
    }

    @Override
    public void close() throws IOException {
        recording.close();
        Files.delete(file);
    }
}
