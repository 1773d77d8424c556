package io.ztunnel.daemon.proxy;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.ztunnel.daemon.telemetry.ConnectionError;
import io.ztunnel.daemon.telemetry.ConnectionRecord;
import io.ztunnel.hbone.Relay;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Keeps the record of a relay's connection: its bytes, which metrics show within a second however
 * few they are, and its outcome. Confined to the relay's loop.
 */
final class RecordObserver implements Relay.Observer {
    private static final long PUBLISH_MILLIS = 1_000;

    private final EventLoop loop;
    private final ConnectionRecord record;
    private final Consumer<@Nullable ConnectionError> ended;
    private @Nullable Future<?> publishing;

    /**
     * @param ended told the outcome, null for success; completes the record
     */
    RecordObserver(
            EventLoop loop, ConnectionRecord record, Consumer<@Nullable ConnectionError> ended) {
        this.loop = loop;
        this.record = record;
        this.ended = ended;
    }

    @Override
    public void onReceived(int bytes) {
        record.addReceived(bytes);
        publishSoon();
    }

    @Override
    public void onSent(int bytes) {
        record.addSent(bytes);
        publishSoon();
    }

    private void publishSoon() {
        if (publishing == null) {
            publishing = loop.schedule(this::publish, PUBLISH_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void publish() {
        publishing = null;
        record.publish();
    }

    @Override
    public void onComplete(@Nullable Throwable error) {
        if (publishing != null) {
            // It would keep everything of the connection for a second more.
            publishing.cancel(false);
            publishing = null;
        }
        ended.accept(error == null ? null : ConnectionErrors.of(error));
    }
}
