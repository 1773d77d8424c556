package io.ztunnel.daemon.dns;

import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

import java.util.Locale;

/** What is asked for, whatever class it was asked for in. Equal without regard to case. */
record Question(Name name, int type) {
    static Question of(Record record) {
        return new Question(record.getName(), record.getType());
    }

    boolean isForAddresses() {
        return type == Type.A || type == Type.AAAA;
    }

    /** In lower case, without the final dot; special characters are escaped. */
    String host() {
        return name.equals(Name.root) ? "" : name.toString(true).toLowerCase(Locale.ROOT);
    }

    /** Types without a name share one, so that nobody can make series without end of them. */
    String typeName() {
        String text = Type.string(type);
        return text.startsWith("TYPE") ? "unknown" : text;
    }

    /** As name servers are asked it. */
    Record asRecord() {
        return Record.newRecord(name, type, DClass.IN);
    }
}
