package io.ztunnel.sandbox.waypoint;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.util.ReferenceCountUtil;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * The requests of one client stream, one after the other: nothing of the next is looked at before
 * the last is answered in full. Sits behind the codec.
 */
final class HttpProxy extends ChannelInboundHandlerAdapter {
    private static final int LINGER_SECONDS = 10;

    private final Dialled dialled;
    private @Nullable HttpExchange exchange;

    /** Nothing more is answered: what still comes is thrown away. */
    private boolean closing;

    private boolean clientEnded;

    /** What the codec found in one piece of input beyond what was asked for. */
    private final Deque<Object> queue = new ArrayDeque<>();

    /** One more message is wanted. */
    private boolean wanted;

    private boolean draining;

    HttpProxy(Dialled dialled) {
        this.dialled = dialled;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        // Behind the handler that adds this one: its own message is not done with yet.
        context.executor().execute(() -> pull(context));
    }

    /** Asks for one more message of the client. */
    private void pull(ChannelHandlerContext context) {
        wanted = true;
        drain(context);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        queue.add(message);
        drain(context);
    }

    private void drain(ChannelHandlerContext context) {
        if (draining) {
            // Asked for by the message that is being looked at: the loop goes on, the stack is
            // flat.
            return;
        }
        draining = true;
        Object message;
        while (wanted && (message = queue.poll()) != null) {
            wanted = false;
            handle(context, message);
        }
        draining = false;
        if (wanted) {
            if (clientEnded) {
                exhausted(context);
            } else {
                context.read();
            }
        }
    }

    private void handle(ChannelHandlerContext context, Object message) {
        if (closing || !(message instanceof HttpObject object)) {
            ReferenceCountUtil.release(message);
            pull(context);
        } else if (object.decoderResult().isFailure()) {
            ReferenceCountUtil.release(message);
            malformed(context);
        } else if (message instanceof HttpRequest request) {
            HttpExchange next = new HttpExchange(dialled, request, new Client(context));
            exchange = next;
            if (request.method().equals(HttpMethod.CONNECT)) {
                next.answer(HttpResponseStatus.METHOD_NOT_ALLOWED, "no tunnels in here");
            } else {
                next.dial();
            }
        } else if (message instanceof HttpContent content && exchange != null) {
            exchange.requestContent(content);
        } else {
            ReferenceCountUtil.release(message);
            pull(context);
        }
    }

    private void malformed(ChannelHandlerContext context) {
        HttpExchange current = exchange;
        if (current == null) {
            current =
                    new HttpExchange(
                            dialled,
                            new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "?"),
                            new Client(context));
            exchange = current;
        }
        current.malformed();
    }

    /** How an exchange acts on the client. */
    final class Client {
        private final ChannelHandlerContext context;

        private Client(ChannelHandlerContext context) {
            this.context = context;
        }

        Channel channel() {
            return context.channel();
        }

        void read() {
            pull(context);
        }

        /**
         * The exchange is over.
         *
         * @param keepAlive whether there may be another
         */
        void done(boolean keepAlive) {
            exchange = null;
            if (keepAlive) {
                pull(context);
            } else {
                close(context);
            }
        }
    }

    private void close(ChannelHandlerContext context) {
        if (closing) {
            return;
        }
        closing = true;
        // The answer may wait for a slow client; only then begins what the client has to end.
        Endings.finish(context.channel()).addListener(_ -> linger(context));
        if (!clientEnded) {
            pull(context);
        }
    }

    private static void linger(ChannelHandlerContext context) {
        if (context.channel().isActive()) {
            var reset =
                    context.executor()
                            .schedule(() -> dismiss(context), LINGER_SECONDS, TimeUnit.SECONDS);
            context.channel().closeFuture().addListener(_ -> reset.cancel(false));
        }
    }

    /** The client does not stop sending: it has its answer, and may know (RFC 9113 §8.1). */
    private static void dismiss(ChannelHandlerContext context) {
        context.channel().writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR));
        context.channel().close();
    }

    /** The client has ended, and everything it sent was looked at. */
    private void exhausted(ChannelHandlerContext context) {
        wanted = false;
        if (exchange == null) {
            close(context);
        } else if (exchange.wantsRequest()) {
            exchange.clientLost("the request is incomplete");
            Endings.abort(context.channel());
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event.equals(ChannelInputShutdownEvent.INSTANCE)) {
            clientEnded = true;
            drain(context);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (exchange != null) {
            exchange.clientWritabilityChanged();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        lost("the client left");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        lost("client: " + cause.getMessage());
        Endings.abort(context.channel());
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        queue.forEach(ReferenceCountUtil::release);
        queue.clear();
    }

    private void lost(String why) {
        HttpExchange current = exchange;
        exchange = null;
        if (current != null) {
            current.clientLost(why);
        }
    }
}
