package io.ztunnel.sandbox.istiod;

import com.fasterxml.jackson.jr.ob.JSON;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Pod-bound service account tokens, as a cluster projects them into pods: JSON Web Tokens of
 * audience istio-ca, signed with a key that only the sandbox's own processes can read.
 */
public final class ServiceAccountTokens {
    private static final String AUDIENCE = "istio-ca";
    private static final String HEADER = encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
    private static final int KEY_BYTES = 32;
    private static final int MAX_TOKEN_CHARS = 8 * 1024;

    private final SecretKeySpec key;
    private final InstantSource clock;

    private ServiceAccountTokens(byte[] key, InstantSource clock) {
        this.key = new SecretKeySpec(key, "HmacSHA256");
        this.clock = clock;
    }

    /** Whom a token speaks for. */
    public record Claims(
            String namespace, String serviceAccount, String pod, String podUid, String node) {}

    /** A token that must not be trusted; the message says why. */
    public static final class InvalidTokenException extends Exception {
        private static final long serialVersionUID = 1L;

        InvalidTokenException(String message) {
            super(message);
        }
    }

    /** Uses the key of that state directory, which the first user makes. */
    public static ServiceAccountTokens open(Path stateDirectory, InstantSource clock)
            throws IOException {
        Path file = stateDirectory.resolve("token-key");
        byte[] fresh = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(fresh);
        try {
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            Files.write(file, fresh, StandardOpenOption.WRITE);
            return new ServiceAccountTokens(fresh, clock);
        } catch (FileAlreadyExistsException e) {
            byte[] key = Files.readAllBytes(file);
            if (key.length != KEY_BYTES) {
                throw new IOException(file + " is not a token key", e);
            }
            return new ServiceAccountTokens(key, clock);
        }
    }

    public String issue(Claims claims, Duration lifetime) {
        Map<String, Object> kubernetes = new LinkedHashMap<>();
        kubernetes.put("namespace", claims.namespace());
        kubernetes.put("serviceaccount", Map.of("name", claims.serviceAccount()));
        kubernetes.put("pod", Map.of("name", claims.pod(), "uid", claims.podUid()));
        kubernetes.put("node", Map.of("name", claims.node()));
        Map<String, Object> payload = new LinkedHashMap<>();
        payload.put("aud", AUDIENCE);
        payload.put("exp", clock.instant().plus(lifetime).getEpochSecond());
        payload.put(
                "sub",
                "system:serviceaccount:" + claims.namespace() + ":" + claims.serviceAccount());
        payload.put("kubernetes.io", kubernetes);
        try {
            String signed = HEADER + "." + encode(JSON.std.asString(payload));
            return signed + "." + signature(signed);
        } catch (IOException e) {
            throw new IllegalStateException("a map of strings is always JSON", e);
        }
    }

    public Claims verify(String token) throws InvalidTokenException {
        int last = token.lastIndexOf('.');
        if (token.length() > MAX_TOKEN_CHARS || last < 0 || !token.startsWith(HEADER + ".")) {
            throw new InvalidTokenException("not a token of this cluster");
        }
        String signed = token.substring(0, last);
        if (!MessageDigest.isEqual(
                signature(signed).getBytes(StandardCharsets.US_ASCII),
                token.substring(last + 1).getBytes(StandardCharsets.US_ASCII))) {
            throw new InvalidTokenException("the token's signature is wrong");
        }
        Map<String, Object> payload = payload(signed.substring(HEADER.length() + 1));
        if (!AUDIENCE.equals(payload.get("aud"))) {
            throw new InvalidTokenException("the token is for another audience");
        }
        if (!(payload.get("exp") instanceof Number expiry)
                || !clock.instant().isBefore(Instant.ofEpochSecond(expiry.longValue()))) {
            throw new InvalidTokenException("the token has expired");
        }
        Map<?, ?> kubernetes = map(payload.get("kubernetes.io"));
        return new Claims(
                text(kubernetes, "namespace"),
                text(map(kubernetes.get("serviceaccount")), "name"),
                text(map(kubernetes.get("pod")), "name"),
                text(map(kubernetes.get("pod")), "uid"),
                text(map(kubernetes.get("node")), "name"));
    }

    private static Map<String, Object> payload(String encoded) throws InvalidTokenException {
        try {
            return JSON.std.mapFrom(
                    new String(Base64.getUrlDecoder().decode(encoded), StandardCharsets.UTF_8));
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidTokenException("the token's payload is not JSON");
        }
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }

    private static String text(Map<?, ?> map, String key) throws InvalidTokenException {
        if (map.get(key) instanceof String text) {
            return text;
        }
        throw new InvalidTokenException("the token does not say its " + key);
    }

    private String signature(String signed) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HmacSHA256 is part of every JDK", e);
        }
    }

    private static String encode(String text) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
