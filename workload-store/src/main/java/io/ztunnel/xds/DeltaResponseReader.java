package io.ztunnel.xds;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;

import io.grpc.MethodDescriptor;
import io.grpc.Status;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a {@code DeltaDiscoveryResponse} from gRPC's buffers and turns each resource into a record
 * of ours as soon as its bytes are there. So the first push of a large mesh exists once as bytes,
 * which are given back as they are read, and once as records, but never as protobuf messages.
 *
 * <p>The response names its type after its resources, so each is read as the type that it names
 * itself. One that names a type of ours other than its response's is rejected; one that names none
 * that we know waits, as bytes, for the response to tell.
 */
final class DeltaResponseReader implements MethodDescriptor.Marshaller<DeltaResponse> {
    private static final int RESPONSE_RESOURCES = 2;
    private static final int RESPONSE_TYPE_URL = 4;
    private static final int RESPONSE_NONCE = 5;
    private static final int RESPONSE_REMOVED = 6;
    private static final int RESOURCE_VERSION = 1;
    private static final int RESOURCE_PAYLOAD = 2;
    private static final int RESOURCE_NAME = 3;
    private static final int RESOURCE_ALIASES = 4;
    private static final int ANY_TYPE_URL = 1;
    private static final int ANY_VALUE = 2;
    private static final byte[] NOTHING = {};

    private final ResourceDecoder decoder = new ResourceDecoder();

    @Override
    public InputStream stream(DeltaResponse value) {
        throw new UnsupportedOperationException("responses are only read");
    }

    /** On the control thread, which gRPC is given as the executor of its calls. */
    @Override
    public DeltaResponse parse(InputStream stream) {
        try {
            return read(CodedInputStream.newInstance(stream));
        } catch (InvalidProtocolBufferException e) {
            throw Status.INTERNAL
                    .withDescription("response is not a DeltaDiscoveryResponse")
                    .withCause(e)
                    .asRuntimeException();
        } catch (IOException e) {
            throw Status.INTERNAL
                    .withDescription("response cannot be read")
                    .withCause(e)
                    .asRuntimeException();
        }
    }

    private DeltaResponse read(CodedInputStream in) throws IOException {
        String typeUrl = "";
        String nonce = "";
        List<DeltaResponse.Resource> resources = new ArrayList<>();
        List<RawResource> undecided = new ArrayList<>();
        List<String> removed = new ArrayList<>();
        List<String> aliases = new ArrayList<>();
        long bytes = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == delimited(RESPONSE_RESOURCES)) {
                int limit = in.pushLimit(in.readRawVarint32());
                RawResource raw = readResource(in, aliases);
                in.checkLastTagWas(0);
                in.popLimit(limit);
                bytes += raw.payload == null ? 0 : raw.payload.length;
                ResourceType type = ResourceType.ofUrl(raw.typeUrl);
                if (type == null) {
                    undecided.add(raw);
                } else {
                    resources.add(decoder.decode(type, raw.name, raw.version, raw.payload));
                }
            } else if (tag == delimited(RESPONSE_TYPE_URL)) {
                typeUrl = in.readStringRequireUtf8();
            } else if (tag == delimited(RESPONSE_NONCE)) {
                nonce = in.readStringRequireUtf8();
            } else if (tag == delimited(RESPONSE_REMOVED)) {
                removed.add(in.readStringRequireUtf8());
            } else if (!in.skipField(tag)) {
                throw new InvalidProtocolBufferException("stray end of a group");
            }
        }
        ResourceType type = ResourceType.ofUrl(typeUrl);
        for (RawResource raw : undecided) {
            if (type != null) {
                resources.add(decoder.decode(type, raw.name, raw.version, raw.payload));
            }
        }
        return new DeltaResponse(typeUrl, nonce, resources, removed, aliases, bytes);
    }

    private static final class RawResource {
        private String name = "";
        private String version = "";
        private String typeUrl = "";
        private byte @Nullable [] payload;
    }

    private static RawResource readResource(CodedInputStream in, List<String> aliases)
            throws IOException {
        RawResource raw = new RawResource();
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == delimited(RESOURCE_NAME)) {
                raw.name = in.readStringRequireUtf8();
            } else if (tag == delimited(RESOURCE_VERSION)) {
                raw.version = in.readStringRequireUtf8();
            } else if (tag == delimited(RESOURCE_ALIASES)) {
                aliases.add(in.readStringRequireUtf8());
            } else if (tag == delimited(RESOURCE_PAYLOAD)) {
                int limit = in.pushLimit(in.readRawVarint32());
                readAny(in, raw);
                in.checkLastTagWas(0);
                in.popLimit(limit);
            } else if (!in.skipField(tag)) {
                throw new InvalidProtocolBufferException("stray end of a group");
            }
        }
        return raw;
    }

    private static void readAny(CodedInputStream in, RawResource raw) throws IOException {
        raw.payload = raw.payload == null ? NOTHING : raw.payload;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == delimited(ANY_TYPE_URL)) {
                raw.typeUrl = in.readStringRequireUtf8();
            } else if (tag == delimited(ANY_VALUE)) {
                raw.payload = in.readByteArray();
            } else if (!in.skipField(tag)) {
                throw new InvalidProtocolBufferException("stray end of a group");
            }
        }
    }

    private static int delimited(int field) {
        return field << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;
    }
}
