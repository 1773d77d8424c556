package io.ztunnel.daemon.admin;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedClass;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * {@code /debug/pprof/profile}: where this process spends CPU time, native code under the Java
 * method that called it. Flight Recorder takes the samples; it needs a directory for temporary
 * files. One profile at a time, on a thread of its own.
 */
final class CpuProfiler {
    /** Sampled by CPU time that a thread has used; there since JDK 25, on Linux. */
    private static final String EVENT = "jdk.CPUTimeSample";

    private static final String TYPE = "application/octet-stream";

    private final AtomicBoolean busy = new AtomicBoolean();

    CompletionStage<HttpReply> answer(HttpQuery query) {
        ProfileRequest request;
        try {
            request = ProfileRequest.of(query);
        } catch (IllegalArgumentException e) {
            return CompletableFuture.completedFuture(
                    HttpReply.text(400, Objects.requireNonNull(e.getMessage())));
        }
        if (!busy.compareAndSet(false, true)) {
            return CompletableFuture.completedFuture(
                    HttpReply.text(500, "another profile is being taken\n"));
        }
        CompletableFuture<HttpReply> answer = new CompletableFuture<>();
        Thread.ofPlatform()
                .name("ztunnel-profile")
                .daemon()
                .start(
                        () -> {
                            try {
                                byte[] profile = profile(request);
                                answer.complete(
                                        new HttpReply(200, TYPE, out -> out.write(profile)));
                            } catch (IOException | RuntimeException e) {
                                answer.complete(
                                        HttpReply.text(
                                                500, "no profile can be taken: " + e + "\n"));
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                                answer.complete(HttpReply.text(500, "interrupted\n"));
                            } finally {
                                busy.set(false);
                            }
                        });
        return answer;
    }

    private static byte[] profile(ProfileRequest request) throws IOException, InterruptedException {
        Duration period = Duration.ofSeconds(1).dividedBy(request.frequency());
        Duration duration = Duration.ofSeconds(request.seconds());
        Instant begin = Instant.now();
        Path file = Files.createTempFile("ztunnel-profile", ".jfr");
        try {
            try (Recording recording = new Recording()) {
                recording.enable(EVENT).with("throttle", period.toNanos() / 1000 + " us");
                recording.start();
                Thread.sleep(duration);
                recording.stop();
                recording.dump(file);
            }
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            samples(file, period).writeTo(bytes, begin, duration);
            return bytes.toByteArray();
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static PprofProfile samples(Path file, Duration period) throws IOException {
        PprofProfile profile = new PprofProfile(period);
        try (RecordingFile recording = new RecordingFile(file)) {
            while (recording.hasMoreEvents()) {
                RecordedEvent event = recording.readEvent();
                RecordedStackTrace stack = event.getStackTrace();
                if (event.getEventType().getName().equals(EVENT) && stack != null) {
                    profile.add(stack.getFrames().stream().map(CpuProfiler::frame).toList());
                }
            }
        }
        return profile;
    }

    private static PprofProfile.Frame frame(RecordedFrame frame) {
        RecordedMethod method = frame.getMethod();
        if (method == null) {
            return new PprofProfile.Frame("unknown", "", 0);
        }
        RecordedClass owner = method.getType();
        String name = owner.getName();
        String outer = name.replaceFirst("\\$.*", "");
        return new PprofProfile.Frame(
                name + "." + method.getName(),
                outer.replace('.', '/') + ".java",
                Math.max(0, frame.getLineNumber()));
    }
}
