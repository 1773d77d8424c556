package io.ztunnel.daemon.dns;

import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;

/** A question on its way to a name server, and what an answer to it looks like. */
final class Asked {
    private final Question question;
    private final int id;
    private final byte[] message;

    /**
     * @param id 0 to 65535, not to be guessed: nothing else but the port tells a forger's answer
     * @param edns whether to say that we take more than 512 bytes
     */
    Asked(Question question, int id, boolean edns) {
        this.question = question;
        this.id = id;
        this.message = Messages.question(question.asRecord(), id, edns);
    }

    byte[] message() {
        return message.clone();
    }

    /**
     * @return null for what does not answer this question, and must be ignored
     */
    @Nullable Message answer(byte[] bytes) {
        Message answer = Messages.parse(bytes);
        return answer != null && Messages.answers(answer, question.asRecord(), id) ? answer : null;
    }

    @Override
    public String toString() {
        return question.toString();
    }
}
