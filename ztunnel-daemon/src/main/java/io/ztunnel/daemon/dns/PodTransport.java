package io.ztunnel.daemon.dns;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.util.concurrent.Future;
import io.ztunnel.redirection.PodNetwork;

import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Asks over UDP, from a socket in the pod's namespace that this one question has to itself: the
 * kernel picks its port at random and lets through what comes from the server only. A truncated
 * answer is asked for again over TCP. Confined to one loop.
 */
final class PodTransport implements Transport {
    /** More than servers send to who does not say that it takes so much. */
    private static final int MAX_DATAGRAM = 8_192;

    private static final int LENGTH_BYTES = 2;

    private final PodNetwork network;
    private final EventLoop loop;
    private final Duration timeout;

    /**
     * @param timeout for UDP and for TCP each
     */
    PodTransport(PodNetwork network, EventLoop loop, Duration timeout) {
        this.network = network;
        this.loop = loop;
        this.timeout = timeout;
    }

    @Override
    public Runnable ask(InetSocketAddress server, Asked asked, Consumer<@Nullable Message> done) {
        Exchange exchange = new Exchange(server, asked, done);
        loop.execute(exchange::overUdp);
        return exchange::stop;
    }

    private final class Exchange {
        private final InetSocketAddress server;
        private final Asked asked;
        private final Consumer<@Nullable Message> done;
        private @Nullable Channel channel;
        private @Nullable Future<?> limit;
        private boolean over;

        Exchange(InetSocketAddress server, Asked asked, Consumer<@Nullable Message> done) {
            this.server = server;
            this.asked = asked;
            this.done = done;
        }

        private boolean ipv6() {
            return server.getAddress() instanceof Inet6Address;
        }

        void overUdp() {
            if (over) {
                return;
            }
            EpollDatagramChannel udp;
            try {
                udp = network.newDatagram(ipv6());
                // Two questions must never share a port: the kernel would mix up their answers.
                udp.config()
                        .setReusePort(false)
                        .setRecvByteBufAllocator(new FixedRecvByteBufAllocator(MAX_DATAGRAM));
            } catch (IOException | ChannelException shortage) {
                end(null);
                return;
            }
            begin(udp, Unpooled.wrappedBuffer(asked.message()), false);
        }

        private void overTcp() {
            stop();
            over = false;
            Channel tcp;
            try {
                tcp = network.newClient(ipv6());
            } catch (IOException | ChannelException shortage) {
                end(null);
                return;
            }
            tcp.pipeline()
                    .addLast(
                            new LengthFieldBasedFrameDecoder(
                                    Messages.TCP_LIMIT + LENGTH_BYTES,
                                    0,
                                    LENGTH_BYTES,
                                    0,
                                    LENGTH_BYTES));
            byte[] message = asked.message();
            begin(
                    tcp,
                    Unpooled.buffer(LENGTH_BYTES + message.length)
                            .writeShort(message.length)
                            .writeBytes(message),
                    true);
        }

        private void begin(Channel fresh, ByteBuf message, boolean isTcp) {
            channel = fresh;
            limit = loop.schedule(() -> end(null), timeout.toMillis(), TimeUnit.MILLISECONDS);
            fresh.pipeline().addLast(new Answers(isTcp));
            after(
                    loop.register(fresh),
                    message,
                    () ->
                            after(
                                    fresh.connect(server),
                                    message,
                                    () -> {
                                        ChannelFuture sent = fresh.writeAndFlush(message);
                                        sent.addListener(
                                                _ -> {
                                                    if (!sent.isSuccess()) {
                                                        end(null);
                                                    }
                                                });
                                    }));
        }

        private void after(ChannelFuture step, ByteBuf message, Runnable next) {
            step.addListener(
                    _ -> {
                        if (step.isSuccess() && !over) {
                            next.run();
                        } else {
                            message.release();
                            end(null);
                        }
                    });
        }

        private void heard(ByteBuf content, boolean isTcp) {
            byte[] bytes = new byte[content.readableBytes()];
            content.readBytes(bytes);
            Message answer = over ? null : asked.answer(bytes);
            if (answer == null) {
                return; // somebody else's, or forged: the true one may still come
            }
            if (Messages.isTruncated(answer) && !isTcp) {
                overTcp();
            } else {
                end(answer);
            }
        }

        private void end(@Nullable Message answer) {
            if (!over) {
                stop();
                done.accept(answer);
            }
        }

        void stop() {
            over = true;
            if (limit != null) {
                limit.cancel(false);
            }
            Channel open = channel;
            channel = null;
            if (open == null) {
                return;
            }
            if (open.isRegistered()) {
                open.close();
            } else {
                open.unsafe().closeForcibly();
            }
        }

        private final class Answers extends ChannelInboundHandlerAdapter {
            private final boolean isTcp;

            Answers(boolean isTcp) {
                this.isTcp = isTcp;
            }

            private boolean isCurrent(ChannelHandlerContext context) {
                return context.channel().equals(channel);
            }

            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                ByteBuf content =
                        message instanceof DatagramPacket packet
                                ? packet.content()
                                : (ByteBuf) message;
                try {
                    if (isCurrent(context)) {
                        heard(content, isTcp);
                    }
                } finally {
                    content.release();
                }
            }

            @Override
            public void channelInactive(ChannelHandlerContext context) {
                if (isCurrent(context)) {
                    end(null);
                }
            }

            /** Nobody listens there, say. */
            @Override
            public void exceptionCaught(ChannelHandlerContext context, Throwable cause)
                    throws Exception {
                if (!(cause instanceof IOException)) {
                    super.exceptionCaught(context, cause);
                } else if (isCurrent(context)) {
                    end(null);
                }
            }
        }
    }
}
