package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.Errors;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.util.concurrent.TimeUnit;

class SystemErrorsTest {
    @Test
    void aFailedSystemCallIsItsReasonAndNumber() {
        assertThat(SystemErrors.text(new Errors.NativeIoException("recv", -104)))
                .isEqualTo("Connection reset by peer (os error 104)");
    }

    @Test
    void aRefusedConnectDoesNotRepeatTheAddress() throws Exception {
        for (String host : new String[] {"127.0.0.1", "::1"}) {
            assertThat(SystemErrors.text(refusal(host)))
                    .isEqualTo("Connection refused (os error 111)");
        }
    }

    private static Throwable refusal(String host) throws Exception {
        InetSocketAddress nobody;
        try (ServerSocket bound = new ServerSocket(0, 1, InetAddress.ofLiteral(host))) {
            nobody = new InetSocketAddress(bound.getInetAddress(), bound.getLocalPort());
        }
        var loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try {
            return new Bootstrap()
                    .group(loops)
                    .channel(EpollSocketChannel.class)
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(nobody)
                    .await()
                    .cause();
        } finally {
            loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void aHostWithoutRouteHasNoNumber() {
        assertThat(SystemErrors.text(new NoRouteToHostException("null: /10.0.0.1:80")))
                .isEqualTo("No route to host");
    }

    @Test
    void anythingElseIsItsMessageOrItsName() {
        assertThat(SystemErrors.text(new IOException("a: b: c"))).isEqualTo("a: b: c");
        assertThat(SystemErrors.text(new IOException())).isEqualTo("IOException");
    }
}
