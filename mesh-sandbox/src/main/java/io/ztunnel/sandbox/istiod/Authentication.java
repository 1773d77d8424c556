package io.ztunnel.sandbox.istiod;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.ztunnel.sandbox.istiod.ServiceAccountTokens.Claims;
import io.ztunnel.sandbox.istiod.ServiceAccountTokens.InvalidTokenException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets in only calls with a valid bearer token of this cluster. */
final class Authentication implements ServerInterceptor {
    static final Context.Key<Claims> CALLER = Context.key("caller");

    private static final Logger log = LoggerFactory.getLogger(Authentication.class);
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> CLUSTER =
            Metadata.Key.of("clusterid", Metadata.ASCII_STRING_MARSHALLER);
    private static final String SCHEME = "Bearer ";

    private final ServiceAccountTokens tokens;
    private final String clusterId;

    Authentication(ServiceAccountTokens tokens, String clusterId) {
        this.tokens = tokens;
        this.clusterId = clusterId;
    }

    @Override
    public <A, B> ServerCall.Listener<A> interceptCall(
            ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
        try {
            Claims caller = authenticate(headers);
            return Contexts.interceptCall(
                    Context.current().withValue(CALLER, caller), call, headers, next);
        } catch (InvalidTokenException e) {
            log.warn("refused a call: {}", e.getMessage());
            call.close(
                    Status.UNAUTHENTICATED.withDescription("request authenticate failure"),
                    new Metadata());
            return new ServerCall.Listener<>() {};
        }
    }

    private Claims authenticate(Metadata headers) throws InvalidTokenException {
        String authorization = headers.get(AUTHORIZATION);
        if (authorization == null || !authorization.startsWith(SCHEME)) {
            throw new InvalidTokenException("there is no bearer token");
        }
        String cluster = headers.get(CLUSTER);
        if (cluster != null && !cluster.isEmpty() && !cluster.equals(clusterId)) {
            throw new InvalidTokenException("cluster " + cluster + " is not known here");
        }
        return tokens.verify(authorization.substring(SCHEME.length()));
    }
}
