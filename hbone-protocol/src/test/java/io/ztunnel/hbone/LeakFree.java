package io.ztunnel.hbone;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Fails a test class that leaks a buffer, an engine or a context: Netty itself only logs it. */
final class LeakFree implements BeforeAllCallback, AfterAllCallback {
    private static final Logger LOGGER = Logger.getLogger(ResourceLeakDetector.class.getName());

    private final Reports reports = new Reports();

    @Override
    public void beforeAll(ExtensionContext context) {
        LOGGER.addHandler(reports);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        WeakReference<Object> garbage = new WeakReference<>(new Object());
        for (int i = 0; i < 100 && garbage.get() != null; i++) {
            System.gc();
        }
        // What was lost is reported when the next buffer is tracked.
        PooledByteBufAllocator.DEFAULT.directBuffer().release();
        LOGGER.removeHandler(reports);
        if (!reports.leaks.isEmpty()) {
            throw new AssertionError(String.join("\n", reports.leaks));
        }
    }

    private static final class Reports extends Handler {
        final List<String> leaks = new CopyOnWriteArrayList<>();

        @Override
        public void publish(LogRecord record) {
            if (String.valueOf(record.getMessage()).contains("LEAK")) {
                leaks.add(record.getMessage());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
