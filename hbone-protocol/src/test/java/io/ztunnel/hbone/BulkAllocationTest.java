package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Bulk data is carried without an object per frame or read. Measured in a JVM that runs as the
 * product's does: the leak detector of the tests allocates for each buffer.
 */
@Timeout(180)
@TestInstance(Lifecycle.PER_CLASS)
class BulkAllocationTest {
    /** A MiB is 8 reads of a socket, 16 frames and 64 TLS records: half of the fewest. */
    private static final double OBJECTS = 4;

    /**
     * Bytes for each MiB of everything on the sending loop, twice of what Netty's SslHandler
     * allocates: for each of 64 records two ByteBuffers (64 bytes each) and a slice (40) of the
     * frame that it cuts up, and an SSLEngineResult (32); for each of about 32 writes a promise
     * (40); for each flush another SSLEngineResult.
     */
    private static final int SENDING = 29_000;

    /**
     * Of the receiving loop: three SSLEngineResults (32 bytes each) for each of 8 reads, and what
     * sends the credit. A machine under load reads smaller pieces, and more of them.
     */
    private static final int RECEIVING = 4_000;

    private static final Pattern LINE =
            Pattern.compile("^(upload|download) (client|server) bytes=(\\d+) objects=([0-9.]+)$");

    private String output = "";
    private final List<MatchResult> halves = new ArrayList<>();

    @BeforeAll
    void carryBulkData() throws Exception {
        Process program =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-Xmx256m",
                                "-XX:+UseSerialGC",
                                "-XX:+UseCompactObjectHeaders",
                                "-XX:-UseTLAB",
                                "-Duser.language=en",
                                "-Dio.netty.allocator.type=pooled",
                                "-Dio.netty.leakDetection.level=disabled",
                                "-Dio.netty.tryReflectionSetAccessible=true",
                                "-cp",
                                System.getProperty("java.class.path"),
                                BulkTransfer.class.getName())
                        .redirectErrorStream(true)
                        .start();
        try {
            program.getOutputStream().close();
            output = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(program.waitFor()).as(output).isZero();
        } finally {
            program.destroyForcibly();
        }
        output.lines()
                .map(LINE::matcher)
                .filter(Matcher::matches)
                .forEach(matcher -> halves.add(matcher.toMatchResult()));
        assertThat(halves).as(output).hasSize(4);
    }

    @Test
    void ourCodeMakesNoObjectPerFrameOrRead() {
        assertThat(halves)
                .as(output)
                .allSatisfy(
                        half ->
                                assertThat(Double.parseDouble(half.group(4)))
                                        .as(half.group())
                                        .isLessThan(OBJECTS));
    }

    @Test
    void whatTlsAllocatesIsBounded() {
        assertThat(halves)
                .as(output)
                .allSatisfy(
                        half ->
                                assertThat(Integer.parseInt(half.group(3)))
                                        .as(half.group())
                                        .isLessThan(isSending(half) ? SENDING : RECEIVING));
    }

    private static boolean isSending(MatchResult half) {
        return half.group(1).equals("upload") == half.group(2).equals("client");
    }
}
