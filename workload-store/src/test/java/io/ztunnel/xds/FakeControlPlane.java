package io.ztunnel.xds;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.ztunnel.api.discovery.AggregatedDiscoveryServiceGrpc;
import io.ztunnel.api.discovery.DeltaDiscoveryRequest;
import io.ztunnel.api.discovery.DeltaDiscoveryResponse;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A control plane that says what a test tells it to. */
final class FakeControlPlane
        extends AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase {
    /**
     * @param seen what {@link #probe} said when the request arrived
     */
    record Received(DeltaDiscoveryRequest request, @Nullable Object seen) {}

    static final class Stream {
        private final StreamObserver<DeltaDiscoveryResponse> responses;
        private final BlockingQueue<Received> requests = new LinkedBlockingQueue<>();

        private Stream(StreamObserver<DeltaDiscoveryResponse> responses) {
            this.responses = responses;
        }

        void send(DeltaDiscoveryResponse response) {
            responses.onNext(response);
        }

        void fail(Status status) {
            responses.onError(status.asRuntimeException());
        }

        void complete() {
            responses.onCompleted();
        }

        Received receive() throws InterruptedException {
            Received received = requests.poll(10, TimeUnit.SECONDS);
            if (received == null) {
                throw new AssertionError("the client sent no request");
            }
            return received;
        }

        DeltaDiscoveryRequest next() throws InterruptedException {
            return receive().request();
        }

        /** Sends a response and returns the answer to it. */
        DeltaDiscoveryRequest exchange(DeltaDiscoveryResponse response)
                throws InterruptedException {
            send(response);
            return next();
        }

        boolean hasMore() {
            return !requests.isEmpty();
        }
    }

    private final BlockingQueue<Stream> streams = new LinkedBlockingQueue<>();
    final BlockingQueue<Metadata> headers = new LinkedBlockingQueue<>();

    /** Asked whenever a request arrives. */
    volatile Supplier<@Nullable Object> probe = () -> null;

    /** Ends each new stream before anything is sent. */
    volatile @Nullable Status refusal;

    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
            StreamObserver<DeltaDiscoveryResponse> responses) {
        Status refused = refusal;
        if (refused != null) {
            responses.onError(refused.asRuntimeException());
        }
        Stream stream = new Stream(responses);
        if (refused == null) {
            streams.add(stream);
        }
        return new StreamObserver<>() {
            @Override
            public void onNext(DeltaDiscoveryRequest request) {
                stream.requests.add(new Received(request, probe.get()));
            }

            @Override
            public void onError(Throwable t) {}

            @Override
            public void onCompleted() {}
        };
    }

    ServerServiceDefinition service() {
        return ServerInterceptors.intercept(
                this,
                new ServerInterceptor() {
                    @Override
                    public <Q, S> ServerCall.Listener<Q> interceptCall(
                            ServerCall<Q, S> call,
                            Metadata metadata,
                            ServerCallHandler<Q, S> next) {
                        headers.add(metadata);
                        return next.startCall(call, metadata);
                    }
                });
    }

    Stream accept() throws InterruptedException {
        Stream stream = streams.poll(10, TimeUnit.SECONDS);
        if (stream == null) {
            throw new AssertionError("the client opened no stream");
        }
        return stream;
    }

    /** Accepts a stream and reads its two initial requests. */
    Stream acceptSubscribed() throws InterruptedException {
        Stream stream = accept();
        DeltaDiscoveryRequest _ = stream.next();
        DeltaDiscoveryRequest _ = stream.next();
        return stream;
    }
}
