package io.ztunnel.daemon.identity;

import com.google.protobuf.Value;

import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.SslContextBuilder;
import io.ztunnel.api.ca.IstioCertificateRequest;
import io.ztunnel.api.ca.IstioCertificateResponse;
import io.ztunnel.api.ca.IstioCertificateServiceGrpc;

import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** Istio's certificate service over real TLS on loopback; remembers what it was asked. */
final class FakeCaServer extends IstioCertificateServiceGrpc.IstioCertificateServiceImplBase {
    final List<IstioCertificateRequest> requests = new CopyOnWriteArrayList<>();
    final List<Metadata> headers = new CopyOnWriteArrayList<>();
    volatile @Nullable Status refusal;
    volatile boolean silent;

    /** Certified instead of what was asked for. */
    volatile @Nullable String uri;

    private final LocalCertificateAuthority signer =
            new LocalCertificateAuthority(
                    new SecureRandom(), InstantSource.system(), Duration.ofHours(24));
    private final Server server;

    FakeCaServer(TestServerRoot.Server certificate, int port) throws Exception {
        server =
                NettyServerBuilder.forAddress(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                        .sslContext(
                                GrpcSslContexts.configure(
                                                SslContextBuilder.forServer(
                                                        certificate.key().getPrivate(),
                                                        certificate.certificate()))
                                        .build())
                        .intercept(
                                new ServerInterceptor() {
                                    @Override
                                    public <Q, R> ServerCall.Listener<Q> interceptCall(
                                            ServerCall<Q, R> call,
                                            Metadata metadata,
                                            ServerCallHandler<Q, R> next) {
                                        headers.add(metadata);
                                        return next.startCall(call, metadata);
                                    }
                                })
                        .addService(this)
                        .directExecutor()
                        .build()
                        .start();
    }

    int port() {
        return server.getPort();
    }

    @Override
    public void createCertificate(
            IstioCertificateRequest request, StreamObserver<IstioCertificateResponse> answer) {
        requests.add(request);
        Status refused = refusal;
        if (silent) {
            return;
        }
        if (refused != null) {
            answer.onError(refused.asRuntimeException());
            return;
        }
        try {
            String base64 =
                    request.getCsr()
                            .lines()
                            .filter(line -> !line.startsWith("-"))
                            .reduce("", String::concat);
            JcaPKCS10CertificationRequest csr =
                    new JcaPKCS10CertificationRequest(Base64.getDecoder().decode(base64));
            String asked =
                    request.getMetadata()
                            .getFieldsOrDefault("ImpersonatedIdentity", Value.getDefaultInstance())
                            .getStringValue();
            String certified = uri;
            Instant now = Instant.now();
            answer.onNext(
                    IstioCertificateResponse.newBuilder()
                            .addCertChain(
                                    CertificateDetails.of(
                                                    signer.issue(
                                                            certified != null ? certified : asked,
                                                            csr.getPublicKey(),
                                                            now.minusSeconds(120),
                                                            now.plusSeconds(
                                                                    request.getValidityDuration())))
                                            .pem())
                            .addCertChain(CertificateDetails.of(signer.root()).pem())
                            .build());
            answer.onCompleted();
        } catch (Exception e) {
            answer.onError(Status.INVALID_ARGUMENT.withCause(e).asRuntimeException());
        }
    }

    void close() throws InterruptedException {
        server.shutdownNow();
        if (!server.awaitTermination(10, TimeUnit.SECONDS)) {
            throw new AssertionError("the server did not end");
        }
    }
}
