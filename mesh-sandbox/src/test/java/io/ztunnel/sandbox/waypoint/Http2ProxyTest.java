package io.ztunnel.sandbox.waypoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.ztunnel.sandbox.waypoint.Destinations.Endpoint;
import io.ztunnel.sandbox.waypoint.Destinations.Protocol;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** HTTP/2 inside the tunnel, with gRPC's own client and server at the ends. */
class Http2ProxyTest {
    private static final String REVIEWS = "spiffe://cluster.local/ns/bookinfo/sa/bookinfo-reviews";
    private static final MethodDescriptor.Marshaller<byte[]> BYTES =
            new MethodDescriptor.Marshaller<>() {
                @Override
                public InputStream stream(byte[] value) {
                    return new ByteArrayInputStream(value);
                }

                @Override
                public byte[] parse(InputStream in) {
                    try {
                        return in.readAllBytes();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            };
    private static final MethodDescriptor<byte[], byte[]> UNARY = method(MethodType.UNARY, "Unary");
    private static final MethodDescriptor<byte[], byte[]> CHAT =
            method(MethodType.BIDI_STREAMING, "Chat");
    private static final MethodDescriptor<byte[], byte[]> MANY =
            method(MethodType.SERVER_STREAMING, "Many");

    @TempDir Path folder;
    private final List<AutoCloseable> open = new ArrayList<>();
    private TestMesh mesh;
    private Endpoint app;

    @SuppressWarnings("NullAway.Init") // set by serve
    private TestBridge bridge;

    @SuppressWarnings("NullAway.Init") // set by serve
    private ManagedChannel grpc;

    private static MethodDescriptor<byte[], byte[]> method(MethodType type, String name) {
        return MethodDescriptor.<byte[], byte[]>newBuilder(BYTES, BYTES)
                .setType(type)
                .setFullMethodName("test.Echo/" + name)
                .build();
    }

    @BeforeEach
    void start() throws Exception {
        mesh = new TestMesh(folder);
        Server server =
                NettyServerBuilder.forAddress(TestMesh.address("127.0.0.2", 0))
                        .addService(
                                ServerServiceDefinition.builder("test.Echo")
                                        .addMethod(
                                                UNARY,
                                                ServerCalls.asyncUnaryCall(Http2ProxyTest::unary))
                                        .addMethod(
                                                CHAT,
                                                ServerCalls.asyncBidiStreamingCall(
                                                        Http2ProxyTest::chat))
                                        .addMethod(
                                                MANY,
                                                ServerCalls.asyncServerStreamingCall(
                                                        Http2ProxyTest::many))
                                        .build())
                        .build()
                        .start();
        open.addFirst(() -> server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS));
        app = new Endpoint((InetSocketAddress) server.getListenSockets().getFirst(), false);
    }

    private static void unary(byte[] request, StreamObserver<byte[]> response) {
        if (request.length == 0) {
            response.onError(Status.NOT_FOUND.withDescription("nothing").asRuntimeException());
        } else {
            response.onNext(request);
            response.onCompleted();
        }
    }

    private static StreamObserver<byte[]> chat(StreamObserver<byte[]> response) {
        return new StreamObserver<>() {
            @Override
            public void onNext(byte[] value) {
                response.onNext(value);
            }

            @Override
            public void onError(Throwable t) {}

            @Override
            public void onCompleted() {
                response.onCompleted();
            }
        };
    }

    private static void many(byte[] request, StreamObserver<byte[]> response) {
        for (int i = 0; i < 100; i++) {
            response.onNext(request);
        }
        response.onError(Status.DATA_LOSS.withDescription("after the last").asRuntimeException());
    }

    private Endpoint endpoint(String kind) throws Exception {
        return kind.equals("plain") ? app : mesh.pod(app.address(), REVIEWS);
    }

    private void serve(Protocol protocol, Endpoint endpoint) throws Exception {
        WaypointServer waypoint = mesh.bind(TestMesh.HTTP, protocol, endpoint).start();
        bridge = new TestBridge(mesh.tunnel(waypoint), TestMesh.HTTP);
        open.addFirst(bridge);
        grpc =
                NettyChannelBuilder.forAddress("127.0.0.1", bridge.uri("/").getPort())
                        .usePlaintext()
                        .maxInboundMessageSize(64 << 20)
                        .build();
        open.addFirst(() -> grpc.shutdownNow().awaitTermination(5, TimeUnit.SECONDS));
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable closing : open) {
            closing.close();
        }
        mesh.close();
    }

    private byte[] call(byte[] request) {
        return ClientCalls.blockingUnaryCall(
                grpc, UNARY, CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS), request);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "hbone"})
    void callsOfGrpcPassWithTheirTrailers(String kind) throws Exception {
        serve(Protocol.HTTP2, endpoint(kind));

        assertThat(call(random(10))).isEqualTo(random(10));
        assertThat(mesh.line())
                .contains("POST /test.Echo/Unary 200 src=" + TestMesh.CLIENT)
                .contains("grpc-status=0");
        StatusRuntimeException notFound =
                catchThrowableOfType(StatusRuntimeException.class, () -> call(new byte[0]));
        assertThat(notFound.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(notFound.getStatus().getDescription()).isEqualTo("nothing");
        assertThat(mesh.line()).contains("grpc-status=5");
        assertThat(mesh.telemetry.prometheus())
                .containsPattern(
                        "istio_requests_total\\{.*request_protocol=\"grpc\",response_code=\"200\","
                                + "grpc_response_status=\"5\".*} 1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "hbone"})
    void bigMessagesPassUnchanged(String kind) throws Exception {
        serve(Protocol.HTTP2, endpoint(kind));
        byte[] big = random(3 << 20);

        assertThat(Arrays.equals(call(big), big)).isTrue();
    }

    @Test
    void trailersComeAfterAllOfTheMessages() throws Exception {
        serve(Protocol.HTTP2, app);
        Iterator<byte[]> answers =
                ClientCalls.blockingServerStreamingCall(
                        grpc, MANY, CallOptions.DEFAULT, random(10_000));
        int count = 0;
        try {
            while (answers.hasNext()) {
                answers.next();
                count++;
            }
        } catch (StatusRuntimeException e) {
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.DATA_LOSS);
        }

        assertThat(count).isEqualTo(100);
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "hbone"})
    void aConversationGoesBackAndForth(String kind) throws Exception {
        serve(Protocol.HTTP2, endpoint(kind));
        BlockingQueue<byte[]> heard = new LinkedBlockingQueue<>();
        CompletableFuture<String> ended = new CompletableFuture<>();
        StreamObserver<byte[]> say =
                ClientCalls.asyncBidiStreamingCall(
                        grpc.newCall(CHAT, CallOptions.DEFAULT),
                        new StreamObserver<>() {
                            @Override
                            public void onNext(byte[] value) {
                                heard.add(value);
                            }

                            @Override
                            public void onError(Throwable t) {
                                ended.complete(t.toString());
                            }

                            @Override
                            public void onCompleted() {
                                ended.complete("properly");
                            }
                        });

        for (int i = 1; i < 20; i++) {
            say.onNext(random(i));
            assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo(random(i));
        }
        say.onCompleted();
        assertThat(ended.get(10, TimeUnit.SECONDS)).isEqualTo("properly");
    }

    @Test
    void aClientThatCancelsIsSeenByTheApplicationAndLogged() throws Exception {
        serve(Protocol.HTTP2, app);
        CompletableFuture<byte[]> heard = new CompletableFuture<>();
        var call = grpc.newCall(CHAT, CallOptions.DEFAULT);
        StreamObserver<byte[]> say =
                ClientCalls.asyncBidiStreamingCall(
                        call,
                        new StreamObserver<>() {
                            @Override
                            public void onNext(byte[] value) {
                                heard.complete(value);
                            }

                            @Override
                            public void onError(Throwable t) {}

                            @Override
                            public void onCompleted() {}
                        });
        say.onNext(random(3));
        assertThat(heard.get(10, TimeUnit.SECONDS)).isEqualTo(random(3));
        call.cancel("enough", null);

        assertThat(mesh.line()).contains("/test.Echo/Chat 200").contains("flags=DC");
    }

    @Test
    void whatIsDeniedIsToldInGrpcsWay() throws Exception {
        mesh.apply(
                """
                apiVersion: security.istio.io/v1
                kind: AuthorizationPolicy
                metadata: {name: no, namespace: bookinfo}
                spec:
                  targetRefs: [{group: '', kind: Service, name: reviews}]
                  action: DENY
                  rules: [{to: [{operation: {paths: ['/test.Echo/U*']}}]}]
                """);
        serve(Protocol.HTTP2, app);

        StatusRuntimeException denied =
                catchThrowableOfType(StatusRuntimeException.class, () -> call(random(3)));

        assertThat(denied.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(denied.getStatus().getDescription()).isEqualTo("RBAC: access denied");
    }

    @Test
    void anEndpointThatCannotBeReachedIsUnavailable() throws Exception {
        serve(Protocol.HTTP2, new Endpoint(TestMesh.address("127.0.0.3", 1), false));

        StatusRuntimeException gone =
                catchThrowableOfType(StatusRuntimeException.class, () -> call(random(3)));

        assertThat(gone.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(mesh.line()).contains("flags=UF").contains("tries=3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP1", "DETECT"})
    void aClientOfHttp2IsTranslatedForAnApplicationOfHttp1OnlyWhereThePortSaysSo(String port)
            throws Exception {
        try (TestApp old = new TestApp("from http/1.1")) {
            serve(Protocol.valueOf(port), port.equals("HTTP1") ? old.endpoint() : app);
            FullHttpResponse response = get("/a?b");
            try {
                if (port.equals("HTTP1")) {
                    assertThat(response.status().code()).isEqualTo(200);
                    assertThat(response.content().toString(StandardCharsets.UTF_8))
                            .isEqualTo("from http/1.1");
                    assertThat(old.request()).isEqualTo("GET /a?b reviews ");
                } else {
                    // gRPC's server speaks HTTP/2 only, and wants POST.
                    assertThat(response.status().code()).isIn(405, 415);
                }
            } finally {
                response.release();
            }
        }
    }

    @Test
    void aClientOfHttp1ReachesAnApplicationOfHttp2() throws Exception {
        serve(Protocol.HTTP2, app);
        try (HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            var response =
                    http.send(
                            HttpRequest.newBuilder(bridge.uri("/x")).build(),
                            BodyHandlers.ofString());

            assertThat(response.statusCode()).isIn(405, 415);
            assertThat(mesh.line()).contains("GET /x 4");
        }
    }

    @Test
    void aPortWithoutProtocolCarriesWhateverAClientBeginsWith() throws Exception {
        serve(Protocol.DETECT, app);

        assertThat(call(random(10))).isEqualTo(random(10));
        assertThat(mesh.line()).contains("POST /test.Echo/Unary 200");
    }

    /** One request of a client that speaks nothing but HTTP/2. */
    private FullHttpResponse get(String target) throws Exception {
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        open.addFirst(() -> loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(2_000));
        CompletableFuture<FullHttpResponse> answer = new CompletableFuture<>();
        Channel connection =
                new Bootstrap()
                        .group(loop)
                        .channel(NioSocketChannel.class)
                        .handler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        channel.pipeline()
                                                .addLast(
                                                        Http2FrameCodecBuilder.forClient().build(),
                                                        new Http2MultiplexHandler(
                                                                new ChannelInboundHandlerAdapter() {
                                                                    @Override
                                                                    public boolean isSharable() {
                                                                        return true;
                                                                    }
                                                                }));
                                    }
                                })
                        .connect("127.0.0.1", bridge.uri("/").getPort())
                        .sync()
                        .channel();
        Channel stream =
                new Http2StreamChannelBootstrap(connection)
                        .handler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        channel.pipeline()
                                                .addLast(
                                                        new Http2StreamFrameToHttpObjectCodec(
                                                                false),
                                                        new HttpObjectAggregator(1 << 20),
                                                        new Answer(answer));
                                    }
                                })
                        .open()
                        .sync()
                        .getNow();
        var request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, target);
        request.headers().set("host", "reviews");
        stream.writeAndFlush(request).sync();
        return answer.get(20, TimeUnit.SECONDS);
    }

    private static final class Answer extends ChannelInboundHandlerAdapter {
        private final CompletableFuture<FullHttpResponse> answer;

        Answer(CompletableFuture<FullHttpResponse> answer) {
            this.answer = answer;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            answer.complete((FullHttpResponse) message);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            answer.completeExceptionally(new IOException("closed"));
        }
    }
}
