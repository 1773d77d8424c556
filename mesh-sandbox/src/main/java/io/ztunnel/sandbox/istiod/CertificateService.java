package io.ztunnel.sandbox.istiod;

import com.google.protobuf.Value;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.ztunnel.api.ca.IstioCertificateRequest;
import io.ztunnel.api.ca.IstioCertificateResponse;
import io.ztunnel.api.ca.IstioCertificateServiceGrpc;
import io.ztunnel.sandbox.istiod.ServiceAccountTokens.Claims;

import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.StringReader;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;

/**
 * Signs workload certificates under istiod's rules: the name comes from the caller's token, never
 * from the request; a node proxy may ask for a workload of its own node.
 */
final class CertificateService extends IstioCertificateServiceGrpc.IstioCertificateServiceImplBase {
    private static final Logger log = LoggerFactory.getLogger(CertificateService.class);
    private static final Duration DEFAULT_LIFETIME = Duration.ofHours(24);
    private static final Duration MAX_LIFETIME = Duration.ofDays(90);
    private static final int MAX_CSR_CHARS = 16 * 1024;
    private static final String IMPERSONATED = "ImpersonatedIdentity";
    private static final String TRUSTED_NAMESPACE = "istio-system";
    private static final String TRUSTED_ACCOUNT = "ztunnel";

    private final SigningAuthority authority;
    private final String trustDomain;
    private final Impersonation cluster;

    CertificateService(SigningAuthority authority, String trustDomain, Impersonation cluster) {
        this.authority = authority;
        this.trustDomain = trustDomain;
        this.cluster = cluster;
    }

    @Override
    public void createCertificate(
            IstioCertificateRequest request, StreamObserver<IstioCertificateResponse> answer) {
        Claims caller = Authentication.CALLER.get(Context.current());
        try {
            String identity = identity(caller, request);
            PublicKey key = publicKey(request.getCsr());
            X509Certificate leaf =
                    authority.signWorkload(key, identity, lifetime(request.getValidityDuration()));
            log.info("signed {} for {} on {}", identity, caller.serviceAccount(), caller.node());
            answer.onNext(
                    IstioCertificateResponse.newBuilder()
                            .addCertChain(SigningAuthority.pem(leaf))
                            .addCertChain(authority.rootPem())
                            .build());
            answer.onCompleted();
        } catch (RefusedException e) {
            log.warn("refused a certificate to {}: {}", caller, e.getMessage());
            answer.onError(e.status.asRuntimeException());
        }
    }

    private static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Status status;

        /**
         * @param told to the caller, who learns no more than that
         * @param why for our own log
         */
        RefusedException(Status.Code code, String told, String why) {
            super(why);
            this.status = code.toStatus().withDescription(told);
        }
    }

    private String identity(Claims caller, IstioCertificateRequest request)
            throws RefusedException {
        Value impersonated = request.getMetadata().getFieldsMap().get(IMPERSONATED);
        if (impersonated == null) {
            return spiffe(caller.namespace(), caller.serviceAccount());
        }
        String wanted = impersonated.getStringValue();
        String[] pieces = wanted.split("/", -1);
        if (pieces.length != 7
                || !wanted.startsWith("spiffe://")
                || !pieces[3].equals("ns")
                || !pieces[5].equals("sa")) {
            throw refusedImpersonation(wanted + " is not an identity");
        }
        if (!caller.namespace().equals(TRUSTED_NAMESPACE)
                || !caller.serviceAccount().equals(TRUSTED_ACCOUNT)) {
            throw refusedImpersonation("the caller is not trusted to impersonate");
        }
        if (!cluster.runsOn(caller.node(), pieces[4], pieces[6])) {
            throw refusedImpersonation("no pod of " + wanted + " runs on node " + caller.node());
        }
        return wanted;
    }

    private static RefusedException refusedImpersonation(String why) {
        return new RefusedException(
                Status.Code.UNAUTHENTICATED, "request impersonation authentication failure", why);
    }

    private String spiffe(String namespace, String serviceAccount) {
        return "spiffe://" + trustDomain + "/ns/" + namespace + "/sa/" + serviceAccount;
    }

    private static Duration lifetime(long seconds) throws RefusedException {
        if (seconds <= 0) {
            return DEFAULT_LIFETIME;
        }
        if (seconds > MAX_LIFETIME.toSeconds()) {
            throw new RefusedException(
                    Status.Code.INVALID_ARGUMENT,
                    "requested TTL is longer than " + MAX_LIFETIME.toDays() + " days",
                    seconds + " s is too long");
        }
        return Duration.ofSeconds(seconds);
    }

    /** The key of a request whose signature proves that the caller has the private half. */
    private static PublicKey publicKey(String pem) throws RefusedException {
        if (pem.length() > MAX_CSR_CHARS) {
            throw badRequest("the request is too long");
        }
        try (PEMParser parser = new PEMParser(new StringReader(pem))) {
            if (!(parser.readObject() instanceof PKCS10CertificationRequest csr)) {
                throw badRequest("not a PKCS#10 request");
            }
            PublicKey key = new JcaPKCS10CertificationRequest(csr).getPublicKey();
            if (!csr.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
                throw badRequest("its signature is wrong");
            }
            return key;
        } catch (IOException
                | GeneralSecurityException
                | OperatorCreationException
                | PKCSException e) {
            throw badRequest(e.toString());
        }
    }

    private static RefusedException badRequest(String why) {
        return new RefusedException(
                Status.Code.INVALID_ARGUMENT, "certificate signing request: " + why, why);
    }
}
