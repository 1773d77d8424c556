package io.ztunnel.daemon.telemetry;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;

/**
 * Direct memory of the allocator that connections take their buffers from. What is in use at rest,
 * with no connection that anybody holds up, is lost. Nothing is told of an allocator that does not
 * count.
 */
final class BufferMetrics {
    private BufferMetrics() {}

    static void register(Metrics metrics, ByteBufAllocator allocator) {
        GaugeFamily bytes =
                metrics.gauge(
                        "ztunnel_buffer_bytes",
                        "Direct memory of buffers: in use, and reserved for them",
                        "state");
        if (allocator instanceof PooledByteBufAllocator pooled) {
            bytes.bind(pooled::pinnedDirectMemory, "in_use");
            bytes.bind(pooled.metric()::usedDirectMemory, "reserved");
        }
    }
}
