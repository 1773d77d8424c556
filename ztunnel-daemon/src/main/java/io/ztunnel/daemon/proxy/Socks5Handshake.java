package io.ztunnel.daemon.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.UncheckedBooleanSupplier;
import io.ztunnel.hbone.ChannelEnd;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.IpAddress;

import java.nio.charset.StandardCharsets;

/**
 * The server's part of SOCKS version 5, RFC 1928, up to the request: no authentication, CONNECT
 * only. Reads no byte beyond the request: what the client says next is for somebody else, and stays
 * in the kernel until then.
 */
final class Socks5Handshake extends ChannelInboundHandlerAdapter {
    /** What the client wants. */
    sealed interface Target {
        record Address(HostPort address) implements Target {}

        record Name(String hostname, int port) implements Target {}
    }

    /** How it goes on, on the channel's loop: one of the two is called, at most once. */
    interface Outcome {
        void onTarget(Target target);

        /** The client breaks the protocol, or asks for what is not done here. */
        void onViolation(String why);
    }

    static final int SUCCEEDED = 0;
    static final int GENERAL_FAILURE = 1;
    static final int HOST_UNREACHABLE = 4;
    static final int COMMAND_NOT_SUPPORTED = 7;

    private static final int VERSION = 5;
    private static final int NO_AUTHENTICATION = 0;
    private static final int CONNECT = 1;
    private static final int IPV4 = 1;
    private static final int DOMAIN = 3;
    private static final int IPV6 = 4;
    private static final int PORT_BYTES = 2;

    private enum Expect {
        GREETING,
        METHODS,
        REQUEST,
        DOMAIN_LENGTH,
        TARGET,
        NOTHING
    }

    private final SocketChannel channel;
    private final Outcome outcome;
    private final ByteBuf piece = Unpooled.buffer(2, 255 + PORT_BYTES);
    private Expect expect = Expect.GREETING;
    private int missing = 2;
    private int addressType;

    /**
     * Joins a channel without auto-read that is not registered yet.
     *
     * @param channel reads only after {@link #begin}
     */
    Socks5Handshake(SocketChannel channel, Outcome outcome) {
        this.channel = channel;
        this.outcome = outcome;
        channel.config().setRecvByteBufAllocator(new Missing());
        channel.pipeline().addLast(this);
    }

    void begin() {
        channel.read();
    }

    /** The bytes of an answer to a request; the address in it means nothing. */
    static ByteBuf reply(int code) {
        return Unpooled.wrappedBuffer(new byte[] {VERSION, (byte) code, 0, IPV4, 0, 0, 0, 0, 0, 0});
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf data = (ByteBuf) message;
        try {
            missing -= data.readableBytes();
            piece.writeBytes(data);
        } finally {
            data.release();
        }
        if (missing == 0) {
            step(ctx);
            piece.clear();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (expect != Expect.NOTHING) {
            ctx.read();
        }
    }

    private void step(ChannelHandlerContext ctx) {
        switch (expect) {
            case GREETING -> {
                int version = piece.readUnsignedByte();
                int methods = piece.readUnsignedByte();
                if (version != VERSION) {
                    violation("version " + version + ", expected 5");
                } else if (methods == 0) {
                    violation("no method of authentication is offered");
                } else {
                    next(Expect.METHODS, methods);
                }
            }
            case METHODS -> {
                if (piece.indexOf(0, piece.writerIndex(), (byte) NO_AUTHENTICATION) < 0) {
                    violation("the client wants authentication");
                } else {
                    ctx.writeAndFlush(
                            Unpooled.wrappedBuffer(new byte[] {VERSION, NO_AUTHENTICATION}));
                    next(Expect.REQUEST, 4);
                }
            }
            case REQUEST -> request();
            case DOMAIN_LENGTH -> {
                int length = piece.readUnsignedByte();
                if (length == 0) {
                    violation("an empty domain name");
                } else {
                    next(Expect.TARGET, length + PORT_BYTES);
                }
            }
            case TARGET -> target();
            case NOTHING -> {}
        }
    }

    private void request() {
        int version = piece.readUnsignedByte();
        int command = piece.readUnsignedByte();
        piece.skipBytes(1);
        addressType = piece.readUnsignedByte();
        if (version != VERSION) {
            violation("a request of version " + version + ", expected 5");
        } else if (command != CONNECT) {
            violation("command " + command + ", expected CONNECT (1)");
        } else {
            switch (addressType) {
                case IPV4 -> next(Expect.TARGET, 4 + PORT_BYTES);
                case IPV6 -> next(Expect.TARGET, 16 + PORT_BYTES);
                case DOMAIN -> next(Expect.DOMAIN_LENGTH, 1);
                default -> violation("address type " + addressType + ", expected 1, 3 or 4");
            }
        }
    }

    private void target() {
        byte[] address = new byte[piece.readableBytes() - PORT_BYTES];
        piece.readBytes(address);
        int port = piece.readUnsignedShort();
        next(Expect.NOTHING, 0);
        outcome.onTarget(
                addressType == DOMAIN
                        ? new Target.Name(new String(address, StandardCharsets.UTF_8), port)
                        : new Target.Address(new HostPort(IpAddress.of(address), port)));
    }

    private void next(Expect what, int bytes) {
        expect = what;
        missing = bytes;
    }

    private void violation(String why) {
        next(Expect.NOTHING, 0);
        outcome.onViolation(why);
    }

    /** Whoever has nothing to say any more is no client: the channel closes without an answer. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof io.netty.channel.socket.ChannelInputShutdownReadComplete) {
            ctx.close();
        }
    }

    /** A reset, in all likelihood. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof Exception)) {
            ctx.fireExceptionCaught(cause);
        }
        ctx.close();
    }

    /**
     * Reads just what is missing of the current piece, and after the last one as a relay does: a
     * channel keeps the handle that it was first read with.
     */
    private final class Missing implements RecvByteBufAllocator {
        @Override
        @SuppressWarnings("deprecation") // the type that the interface declares
        public Handle newHandle() {
            return new Pieces((ExtendedHandle) ChannelEnd.readSizes().newHandle());
        }
    }

    private final class Pieces extends RecvByteBufAllocator.DelegatingHandle
            implements RecvByteBufAllocator.ExtendedHandle {
        private final RecvByteBufAllocator.ExtendedHandle relay;

        Pieces(RecvByteBufAllocator.ExtendedHandle relay) {
            super(relay);
            this.relay = relay;
        }

        private boolean isOver() {
            return expect == Expect.NOTHING;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            return isOver() ? relay.allocate(allocator) : allocator.directBuffer(guess(), guess());
        }

        @Override
        public int guess() {
            return isOver() ? relay.guess() : Math.max(1, missing);
        }

        @Override
        public boolean continueReading() {
            return isOver() && relay.continueReading();
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
            return isOver() && relay.continueReading(maybeMoreData);
        }
    }
}
