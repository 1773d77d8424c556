package io.ztunnel.daemon.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;

import org.junit.jupiter.api.Test;

import java.util.List;

class BufferMetricsTest {
    private static final int BYTES = 64 * 1024;
    private static final String IN_USE = "ztunnel_buffer_bytes{state=\"in_use\"} ";
    private static final String RESERVED = "ztunnel_buffer_bytes{state=\"reserved\"} ";

    private final Metrics metrics = new Metrics();

    @Test
    void aBufferIsInUseUntilItIsReleased() {
        PooledByteBufAllocator allocator = new PooledByteBufAllocator(true);
        BufferMetrics.register(metrics, allocator);
        ByteBuf buffer = allocator.directBuffer(BYTES);
        assertThat(value(IN_USE)).isEqualTo(BYTES);
        assertThat(value(RESERVED)).isGreaterThanOrEqualTo(BYTES);
        buffer.release();
        assertThat(value(IN_USE)).isZero();
        assertThat(value(RESERVED)).as("a chunk stays").isGreaterThanOrEqualTo(BYTES);
    }

    @Test
    void nothingIsToldOfAnAllocatorThatDoesNotCount() {
        ByteBufAllocator allocator = new AdaptiveByteBufAllocator(true);
        BufferMetrics.register(metrics, allocator);
        assertThat(samples()).noneMatch(line -> line.startsWith("ztunnel_buffer_bytes{"));
    }

    private long value(String sample) {
        return samples().stream()
                .filter(line -> line.startsWith(sample))
                .mapToLong(line -> Long.parseLong(line.substring(sample.length())))
                .findFirst()
                .orElseThrow();
    }

    private List<String> samples() {
        StringBuilder text = new StringBuilder();
        metrics.write(text);
        return text.toString().lines().toList();
    }
}
