package io.ztunnel.hbone;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ReferenceCountedOpenSslContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import io.netty.util.ReferenceCountUtil;

import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;

/**
 * TLS for one direction and one generation of the own certificate, made by {@link HboneTls}.
 *
 * <p>Whoever asked for it closes it once, when it will start no further tunnel: a newer certificate
 * has come, the pod is gone. Each tunnel retains what it needs by itself, so running tunnels do not
 * care. Thread safe.
 */
public final class TlsContext implements AutoCloseable {
    private final SslContext context;
    private final PeerVerifier verifier;
    private final List<String> jdkGroups;
    private final AtomicBoolean closed = new AtomicBoolean();

    TlsContext(SslContext context, PeerVerifier verifier, List<String> jdkGroups) {
        this.context = context;
        this.verifier = verifier;
        this.jdkGroups = jdkGroups;
    }

    /**
     * @param handshakeTasks runs what a handshake has to compute: paths and signatures
     * @throws CertificateException when the context was closed
     */
    SslHandler newHandler(ByteBufAllocator alloc, Executor handshakeTasks)
            throws CertificateException {
        if (closed.get()) {
            throw new CertificateException("the certificate's TLS context is closed");
        }
        SslHandler handler;
        try {
            // Held until the engine holds it, against a close by another thread in between.
            ReferenceCountUtil.retain(context);
        } catch (RuntimeException e) {
            throw new CertificateException("the certificate's TLS context is closed", e);
        }
        try {
            handler = context.newHandler(alloc, handshakeTasks);
        } finally {
            ReferenceCountUtil.release(context);
        }
        refuseResumption(handler.engine());
        // The tunnel gathers small frames itself; Netty's gathering would copy the large ones.
        handler.setWrapDataSize(0);
        return handler;
    }

    /** A peer whose handshake has succeeded. */
    VerifiedPeer peer(SSLSession session) throws SSLException {
        Certificate[] peer = session.getPeerCertificates();
        // The verifier has seen them as X.509.
        X509Certificate[] chain = Arrays.copyOf(peer, peer.length, X509Certificate[].class);
        try {
            return verifier.peer(chain);
        } catch (CertificateException e) {
            throw new SSLException("the peer's certificate cannot be encoded", e);
        }
    }

    /** True when {@link AlpnCheck} must stand in front of the handler. */
    boolean needsAlpnCheck() {
        return context.isServer() && context instanceof ReferenceCountedOpenSslContext;
    }

    private void refuseResumption(SSLEngine engine) {
        if (engine instanceof ReferenceCountedOpenSslEngine openSsl) {
            // Netty turns tickets on for every TLS 1.3 engine and allows one renegotiation.
            SSL.setOptions(openSsl.sslPointer(), SSL.SSL_OP_NO_TICKET);
            try {
                SSL.setRenegotiateMode(openSsl.sslPointer(), SSL.SSL_RENEGOTIATE_NEVER);
            } catch (Exception e) {
                throw new IllegalStateException("BoringSSL refuses a constant of its own", e);
            }
            return;
        }
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setNamedGroups(jdkGroups.toArray(String[]::new));
        parameters.setUseCipherSuitesOrder(true);
        engine.setSSLParameters(parameters);
    }

    /** Idempotent. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            ReferenceCountUtil.release(context);
        }
    }
}
