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
import java.util.Set;
import java.util.random.RandomGenerator;

/** Reaches one of several endpoints. Confined to one event loop, as are the channels it opens. */
final class Dialler {
    private static final int CONNECT_MILLIS = 5_000;

    private final EventLoop loop;
    private final Tunnels tunnels;
    private final RandomGenerator random;
    private final EndpointHealth health;

    Dialler(EventLoop loop, Tunnels tunnels, RandomGenerator random, EndpointHealth health) {
        this.loop = loop;
        this.tunnels = tunnels;
        this.random = random;
        this.health = health;
    }

    /**
     * @param channel bytes in, bytes out, half-closable; does not read by itself yet
     */
    record Upstream(Channel channel, Endpoint endpoint) {}

    EventLoop loop() {
        return loop;
    }

    RandomGenerator random() {
        return random;
    }

    /**
     * Picks an endpoint at random, and once another if the first cannot be reached.
     *
     * @return fails with a {@link DialException}
     */
    Future<Upstream> dial(List<Endpoint> endpoints) {
        Promise<Upstream> answer = loop.newPromise();
        if (endpoints.isEmpty()) {
            return answer.setFailure(DialException.noEndpoint());
        }
        Endpoint first = pick(endpoints, Set.of());
        reach(first)
                .addListener(
                        (Future<Upstream> done) -> {
                            if (done.cause() instanceof DialException failure
                                    && failure.worthAnother()) {
                                reach(pick(endpoints, Set.of(first)))
                                        .addListener((Future<Upstream> last) -> pass(last, answer));
                            } else {
                                pass(done, answer);
                            }
                        });
        return answer;
    }

    private static void pass(Future<Upstream> done, Promise<Upstream> answer) {
        if (done.isSuccess()) {
            answer.setSuccess(done.getNow());
        } else {
            answer.setFailure(done.cause());
        }
    }

    /**
     * @param endpoints at least one
     * @param tried not to be picked again while there are others: a single one gets a second try,
     *     since its tunnel may have been lost a moment ago
     */
    Endpoint pick(List<Endpoint> endpoints, Set<Endpoint> tried) {
        List<Endpoint> fresh = endpoints.stream().filter(e -> !tried.contains(e)).toList();
        List<Endpoint> candidates = health.candidates(fresh.isEmpty() ? endpoints : fresh);
        return candidates.get(random.nextInt(candidates.size()));
    }

    /**
     * Opens a connection to an endpoint.
     *
     * @return fails with a {@link DialException}
     */
    Future<Upstream> reach(Endpoint endpoint) {
        Promise<Upstream> answer = loop.newPromise();
        Future<Channel> opening =
                endpoint.tunnel() ? tunnels.open(endpoint.address()) : connect(endpoint);
        opening.addListener(
                (Future<Channel> done) -> {
                    if (done.isSuccess()) {
                        health.reached(endpoint);
                        answer.setSuccess(new Upstream(done.getNow(), endpoint));
                    } else {
                        if (done.cause() instanceof DialException failure
                                && failure.worthAnother()) {
                            health.failed(endpoint);
                        }
                        answer.setFailure(done.cause());
                    }
                });
        return answer;
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
