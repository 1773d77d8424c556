package io.ztunnel.daemon.proxy;

import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.ztunnel.daemon.telemetry.CounterFamily;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Hands accepted sockets on before they are registered with any loop, so that the proxy can look at
 * the original destination first and then place the connection where its tunnel lives.
 *
 * <p>When accept fails, mostly for want of file descriptors, accepting rests for a moment: the
 * backlog holds what comes meanwhile, and the loop serves the connections it has instead of
 * spinning.
 */
final class Acceptor extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(Acceptor.class);
    private static final long REST_MILLIS = 100;
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String name;
    private final Consumer<EpollSocketChannel> proxy;
    private final CounterFamily.Counter failures;
    private Runnable resume = () -> {};
    private long quietUntil;
    private boolean quiet;

    /**
     * @param proxy owns each socket it is given; called on the listener's loop
     * @param failures counts accepts that failed
     */
    Acceptor(String name, Consumer<EpollSocketChannel> proxy, CounterFamily.Counter failures) {
        this.name = name;
        this.proxy = proxy;
        this.failures = failures;
    }

    /** Registers an accepted socket with a loop and goes on there; closes it if that fails. */
    static void register(EventLoop loop, EpollSocketChannel socket, Runnable registered) {
        register(loop, socket, registered, () -> {});
    }

    /**
     * @param failed runs when the loop is shutting down; the socket is closed then
     */
    static void register(
            EventLoop loop, EpollSocketChannel socket, Runnable registered, Runnable failed) {
        loop.register(socket)
                .addListener(
                        done -> {
                            if (done.isSuccess()) {
                                registered.run();
                            } else {
                                socket.unsafe().closeForcibly();
                                failed.run();
                            }
                        });
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        resume = () -> context.channel().config().setAutoRead(true);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        EpollSocketChannel child = (EpollSocketChannel) message;
        try {
            proxy.accept(child);
        } catch (ChannelException e) {
            // A peer that resets while options are set is the usual reason.
            child.unsafe().closeForcibly();
            log.debug("{}: an accepted connection was reset: {}", name, e.toString());
        } catch (RuntimeException e) {
            child.unsafe().closeForcibly();
            log.error("{}: an accepted connection was dropped", name, e);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) throws Exception {
        if (!(cause instanceof IOException)) {
            super.exceptionCaught(context, cause);
            return;
        }
        failures.increment();
        // The way back first: without descriptors even a class for what follows may be missing.
        context.executor().schedule(resume, REST_MILLIS, TimeUnit.MILLISECONDS);
        context.channel().config().setAutoRead(false);
        tell(context.executor().ticker().nanoTime(), cause);
    }

    /** A shortage lasts, and ten lines a second of each listener would be of no use. */
    private void tell(long now, Throwable cause) {
        if (!quiet || now - quietUntil >= 0) {
            quiet = true;
            quietUntil = now + SILENCE_NANOS;
            log.error(
                    "{}: accept failed, resting {} ms: {}; further failures are only counted for"
                            + " {} s",
                    name,
                    REST_MILLIS,
                    cause.toString(),
                    TimeUnit.NANOSECONDS.toSeconds(SILENCE_NANOS));
        }
    }
}
