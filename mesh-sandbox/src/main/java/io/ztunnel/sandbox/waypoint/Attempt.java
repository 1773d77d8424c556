package io.ztunnel.sandbox.waypoint;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObject;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.ztunnel.sandbox.waypoint.Destinations.Endpoint;

import org.jspecify.annotations.Nullable;

/**
 * One try of a request, at one endpoint, on a connection of its own: identities never share one.
 * Confined to an event loop.
 */
final class Attempt {
    private static final int BODY_PIECE = 64 * 1024;

    /** Whether there is a connection. Not told after {@link #drop}. */
    interface Reach {
        void reached();

        void unreachable(DialException why);
    }

    private final Endpoint endpoint;
    private final boolean http2;
    private final Reach reach;
    private final HttpUpstream handler;

    /** The connection, and what takes HTTP objects: the same for HTTP/1.1, a stream of it else. */
    private @Nullable Channel connection;

    private @Nullable Channel messages;
    private boolean over;

    private Attempt(Endpoint endpoint, boolean http2, Reach reach, HttpUpstream.Listener listener) {
        this.endpoint = endpoint;
        this.http2 = http2;
        this.reach = reach;
        this.handler = new HttpUpstream(listener);
    }

    static Attempt start(
            Dialler dialler,
            Endpoint endpoint,
            boolean http2,
            Reach reach,
            HttpUpstream.Listener listener) {
        Attempt attempt = new Attempt(endpoint, http2, reach, listener);
        // The caller shall know the attempt before it hears of it.
        dialler.loop().execute(() -> attempt.dial(dialler));
        return attempt;
    }

    private void dial(Dialler dialler) {
        if (over) {
            return;
        }
        dialler.reach(endpoint)
                .addListener(
                        (Future<Dialler.Upstream> done) -> {
                            if (done.isSuccess()) {
                                connected(done.getNow().channel());
                            } else if (!over) {
                                reach.unreachable((DialException) done.cause());
                            }
                        });
    }

    private void connected(Channel bytes) {
        if (over) {
            Endings.abort(bytes);
            return;
        }
        connection = bytes;
        if (http2) {
            RequestStreams.open(bytes, handler)
                    .addListener(
                            (Future<Channel> done) -> {
                                if (done.isSuccess()) {
                                    ready(done.getNow());
                                } else if (!over) {
                                    reach.unreachable(
                                            new DialException(
                                                    upstream(),
                                                    true,
                                                    String.valueOf(done.cause().getMessage()),
                                                    done.cause()));
                                }
                            });
        } else {
            bytes.pipeline()
                    .addLast(
                            new HttpClientCodec(
                                    new HttpDecoderConfig()
                                            .setMaxInitialLineLength(Http2.MAX_HEADER_BYTES)
                                            .setMaxHeaderSize(Http2.MAX_HEADER_BYTES)
                                            .setMaxChunkSize(BODY_PIECE),
                                    false,
                                    false),
                            handler);
            ready(bytes);
        }
    }

    private void ready(Channel channel) {
        if (over) {
            channel.close();
            return;
        }
        messages = channel;
        reach.reached();
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** {@code ip:port}. */
    String upstream() {
        return Authorities.text(endpoint.address());
    }

    boolean isReady() {
        return messages != null;
    }

    /** Takes over what it is given. */
    void write(HttpObject object) {
        if (messages == null) {
            ReferenceCountUtil.release(object);
        } else {
            messages.writeAndFlush(object);
        }
    }

    boolean isWritable() {
        return messages != null && messages.isWritable();
    }

    void read() {
        if (messages != null) {
            messages.read();
        }
    }

    /** The exchange has no further use for it, and everything was said. */
    void finish() {
        over = true;
        handler.retire();
        Channel bytes = connection;
        if (bytes != null && http2) {
            // After GOAWAY it ends as a connection does.
            bytes.close();
        } else if (bytes != null) {
            Endings.finish(bytes);
            bytes.config().setAutoRead(true);
            Endings.closeLater(bytes);
        }
    }

    /** The exchange has no further use for it, and not everything was said. */
    void drop() {
        over = true;
        handler.retire();
        if (messages != null && http2) {
            messages.close();
        }
        if (connection != null) {
            Endings.abort(connection);
        }
    }

    /** After 101: gives up the connection, which speaks no HTTP any more. */
    @Nullable Channel release() {
        over = true;
        handler.retire();
        return connection;
    }
}
