package io.ztunnel.sandbox.waypoint;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.ztunnel.sandbox.waypoint.Destinations.Endpoint;

import java.util.List;
import java.util.random.RandomGenerator;

/** Reaches one of several endpoints. Confined to one event loop, as are the channels it opens. */
final class Dialler {
    private static final int CONNECT_MILLIS = 5_000;

    private final EventLoop loop;
    private final Tunnels tunnels;
    private final RandomGenerator random;

    Dialler(EventLoop loop, Tunnels tunnels, RandomGenerator random) {
        this.loop = loop;
        this.tunnels = tunnels;
        this.random = random;
    }

    /**
     * @param channel bytes in, bytes out, half-closable; does not read by itself yet
     */
    record Upstream(Channel channel, Endpoint endpoint) {}

    /**
     * Picks an endpoint at random, and once another if the first cannot be reached.
     *
     * @return fails with a {@link DialException}
     */
    Future<Upstream> dial(List<Endpoint> endpoints) {
        Promise<Upstream> answer = loop.newPromise();
        if (endpoints.isEmpty()) {
            return answer.setFailure(new DialException("-", false, "no healthy endpoint"));
        }
        int first = random.nextInt(endpoints.size());
        // A single endpoint gets a second try: the tunnel may have been lost a moment ago.
        int second =
                endpoints.size() == 1
                        ? first
                        : (first + 1 + random.nextInt(endpoints.size() - 1)) % endpoints.size();
        reach(endpoints.get(first))
                .addListener(
                        (Future<Channel> done) -> {
                            if (done.cause() instanceof DialException failure
                                    && failure.worthAnother()) {
                                complete(endpoints.get(second), answer);
                            } else {
                                complete(endpoints.get(first), done, answer);
                            }
                        });
        return answer;
    }

    private void complete(Endpoint endpoint, Promise<Upstream> answer) {
        reach(endpoint).addListener((Future<Channel> done) -> complete(endpoint, done, answer));
    }

    private static void complete(
            Endpoint endpoint, Future<Channel> done, Promise<Upstream> answer) {
        if (done.isSuccess()) {
            answer.setSuccess(new Upstream(done.getNow(), endpoint));
        } else {
            answer.setFailure(done.cause());
        }
    }

    private Future<Channel> reach(Endpoint endpoint) {
        return endpoint.tunnel() ? tunnels.open(endpoint.address()) : connect(endpoint);
    }

    private Future<Channel> connect(Endpoint endpoint) {
        Promise<Channel> answer = loop.newPromise();
        new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(endpoint.address())
                .addListener(
                        (ChannelFuture done) -> {
                            if (done.isSuccess()) {
                                answer.setSuccess(done.channel());
                            } else {
                                answer.setFailure(
                                        new DialException(
                                                Authorities.text(endpoint.address()),
                                                true,
                                                String.valueOf(done.cause().getMessage()),
                                                done.cause()));
                            }
                        });
        return answer;
    }
}
