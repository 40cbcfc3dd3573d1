// SPDX-FileCopyrightText: The caducee contributors
// SPDX-License-Identifier: Apache-2.0
//
// Tells whose card it is, signs a document with it, and verifies the signature.
//
//     apt install mono-mcs mono-runtime       (or any C# compiler)
//     mcs -out:Sign.exe Sign.cs
//     mono Sign.exe MODULE DOCUMENT SIGNATURE
//
// MODULE is what `caducee pkcs11 path` prints. The code is read from standard input. No package is
// needed: the module is called directly. For Linux and macOS, where CK_ULONG is as wide as a
// pointer; on Windows it has 32 bits, and structures are packed to one byte.

using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

using Number = System.UIntPtr;

static class Sign
{
    [DllImport("libdl.so.2")] static extern IntPtr dlopen(string path, int flags);
    [DllImport("libdl.so.2")] static extern IntPtr dlsym(IntPtr library, string name);

    delegate Number GetFunctionList(out IntPtr list);
    delegate Number Pointer(IntPtr reserved);
    delegate Number GetSlotList(byte present, [Out] Number[] slots, ref Number count);
    delegate Number OpenSession(Number slot, Number flags, IntPtr application, IntPtr notify,
                                out Number session);
    delegate Number Login(Number session, Number user, byte[] code, Number length);
    delegate Number FindInit(Number session, Attribute[] sought, Number count);
    delegate Number Find(Number session, out Number found, Number room, out Number count);
    delegate Number OfSession(Number session);
    delegate Number GetAttributeValue(Number session, Number found, [In, Out] Attribute[] wanted,
                                      Number count);
    delegate Number SignInit(Number session, ref Mechanism mechanism, Number key);
    delegate Number SignData(Number session, byte[] data, Number size, [Out] byte[] signature,
                             ref Number length);

    [StructLayout(LayoutKind.Sequential)]
    struct Attribute { public Number Type; public IntPtr Value; public Number Length; }

    [StructLayout(LayoutKind.Sequential)]
    struct Mechanism { public Number Type; public IntPtr Parameter; public Number Length; }

    const ulong Certificate = 1, PrivateKey = 3;             // CKO_CERTIFICATE, CKO_PRIVATE_KEY
    const ulong Class = 0x0, Label = 0x3, Value = 0x11;      // CKA_CLASS, CKA_LABEL, CKA_VALUE
    const ulong Sha256RsaPkcs = 0x40, SerialSession = 4, User = 1;

    static IntPtr list;
    static Number session;

    static Number N(ulong value) { return new Number(value); }

    // The functions stand in the list behind its version, in the order of the standard.
    static T Call<T>(int place)
    {
        IntPtr found = Marshal.ReadIntPtr(list, IntPtr.Size * (1 + place));
        return Marshal.GetDelegateForFunctionPointer<T>(found);
    }

    static void Check(Number answer, string what)
    {
        if (answer != Number.Zero)
            throw new Exception(what + ": 0x" + answer.ToUInt64().ToString("x"));
    }

    static Number FindOne(ulong kind, string label)
    {
        byte[] text = Encoding.UTF8.GetBytes(label);
        GCHandle value = GCHandle.Alloc(new[] { N(kind) }, GCHandleType.Pinned);
        GCHandle name = GCHandle.Alloc(text, GCHandleType.Pinned);
        try
        {
            var sought = new[]
            {
                new Attribute { Type = N(Class), Value = value.AddrOfPinnedObject(),
                                Length = N((ulong)IntPtr.Size) },
                new Attribute { Type = N(Label), Value = name.AddrOfPinnedObject(),
                                Length = N((ulong)text.Length) },
            };
            Number found, count;
            Check(Call<FindInit>(26)(session, sought, N(2)), "C_FindObjectsInit");
            Check(Call<Find>(27)(session, out found, N(1), out count), "C_FindObjects");
            Check(Call<OfSession>(28)(session), "C_FindObjectsFinal");
            if (count == Number.Zero)
                throw new Exception("not on this card: " + label);
            return found;
        }
        finally { value.Free(); name.Free(); }
    }

    static byte[] ValueOf(Number found)
    {
        var wanted = new[] { new Attribute { Type = N(Value) } };
        Check(Call<GetAttributeValue>(24)(session, found, wanted, N(1)), "C_GetAttributeValue");
        var value = new byte[(int)wanted[0].Length.ToUInt64()];
        GCHandle room = GCHandle.Alloc(value, GCHandleType.Pinned);
        try
        {
            wanted[0].Value = room.AddrOfPinnedObject();
            Check(Call<GetAttributeValue>(24)(session, found, wanted, N(1)), "C_GetAttributeValue");
        }
        finally { room.Free(); }
        return value;
    }

    static byte[] Signature(byte[] data)
    {
        var mechanism = new Mechanism { Type = N(Sha256RsaPkcs) };
        var made = new byte[512];
        Number length = N(512);
        Number key = FindOne(PrivateKey, "CPS_PRIV_SIG");
        Check(Call<SignInit>(42)(session, ref mechanism, key), "C_SignInit");
        Check(Call<SignData>(43)(session, data, N((ulong)data.Length), made, ref length), "C_Sign");
        Array.Resize(ref made, (int)length.ToUInt64());
        return made;
    }

    static void Main(string[] arguments)
    {
        IntPtr library = dlopen(arguments[0], 2);
        var start = Marshal.GetDelegateForFunctionPointer<GetFunctionList>(
            dlsym(library, "C_GetFunctionList"));
        Check(start(out list), "C_GetFunctionList");
        Check(Call<Pointer>(0)(IntPtr.Zero), "C_Initialize");
        var slots = new Number[16];
        Number count = N(16);
        Check(Call<GetSlotList>(4)(1, slots, ref count), "C_GetSlotList");
        if (count == Number.Zero)
            throw new Exception("no card");
        Check(Call<OpenSession>(12)(slots[0], N(SerialSession), IntPtr.Zero, IntPtr.Zero,
                                    out session), "C_OpenSession");

        Number object_ = FindOne(Certificate, "Certificat de Signature CPS");
        var certificate = new X509Certificate2(ValueOf(object_));
        Console.WriteLine("Holder: " + certificate.Subject);

        byte[] code = Encoding.ASCII.GetBytes(Console.In.ReadLine().Trim());
        Check(Call<Login>(18)(session, N(User), code, N((ulong)code.Length)), "C_Login");
        Array.Clear(code, 0, code.Length);

        byte[] data = File.ReadAllBytes(arguments[1]);
        byte[] made = Signature(data);
        var key = (RSA)certificate.PublicKey.Key;
        if (!key.VerifyData(data, made, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))
            throw new Exception("the signature is not good");
        File.WriteAllBytes(arguments[2], made);
        Console.WriteLine("Signed: " + made.Length + " bytes, verified");
        Check(Call<Pointer>(1)(IntPtr.Zero), "C_Finalize");
    }
}
