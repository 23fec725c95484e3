"""`medgraft data import` of every built-in recipe, on trees made to the published layouts.

Header lines are as published (see docs/data.md for where they were read); rows are
invented. What the manifest should hold is worked out here again, from the same files,
with csv alone. MEDGRAFT_BIN is the medgraft executable."""

import collections
import csv
import gzip
import io
import json
import os
import pathlib
import struct
import subprocess

import numpy
import pytest

BINARY = os.environ.get("MEDGRAFT_BIN", "build/medgraft")


def run(*arguments, code=0):
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    return done


def write_tree(root, files):
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)


def touch(root, names):
    write_tree(root, {name: b"an image" for name in names})


def table(root, name, delimiter=","):
    """Rows of a CSV file as dictionaries; blanks around names and values dropped."""
    content = (root / name).read_bytes()
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""),
                      delimiter=delimiter)
    header = [cell.strip() for cell in next(rows)]
    return [dict(zip(header, (cell.strip() for cell in row))) for row in rows if row]


class Import:
    def __init__(self, root, tmp_path, recipe, *arguments):
        out = tmp_path / "out"
        done = run("data", "import", recipe, "--root", root, "--out", out, "--json", *arguments)
        self.report = json.loads(done.stdout)
        self.notes = done.stderr
        self.out = out
        self.text = (out / "manifest.csv").read_text()
        self.rows = table(out, "manifest.csv")
        self.header = self.text.split("\n")[0].split(",")
        self.description = (out / "dataset.toml").read_text()

    def columns(self, *names):
        return [tuple(row[name] for name in names) for row in self.rows]


def check(imported, expected):
    """The manifest is `expected`, a list of dictionaries, row by row and in order."""
    assert imported.rows == expected
    assert imported.report["images"] == len(expected)


def integer(text):
    return "" if text == "" else str(int(float(text)))


# ------------------------------------------------------------------------ chest X-rays

CHEXPERT = ("Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Enlarged Cardiomediastinum,"
            "Cardiomegaly,Lung Opacity,Lung Lesion,Edema,Consolidation,Pneumonia,Atelectasis,"
            "Pneumothorax,Pleural Effusion,Pleural Other,Fracture,Support Devices\n")
CHEXPERT_TRAIN = CHEXPERT + (
    "{0}/train/patient00001/study1/view1_frontal.jpg,Female,68,Frontal,AP,1.0,,,,,,,,,0.0,,,,1.0\n"
    "{0}/train/patient00002/study2/view1_frontal.jpg,Female,87,Frontal,AP,,,-1.0,1.0,,-1.0,-1.0,,-1.0,,-1.0,,1.0,\n"
    "{0}/train/patient00002/study2/view2_lateral.jpg,Female,87,Lateral,,,,-1.0,1.0,,-1.0,-1.0,,-1.0,,-1.0,,1.0,\n"
    "{0}/train/patient00003/study1/view1_frontal.jpg,Male,41,Frontal,PA,,,,,,1.0,,,,0.0,,,,\n")
CHEXPERT_VALID = CHEXPERT + (
    "{0}/valid/patient64541/study1/view1_frontal.jpg,Male,73,Frontal,AP,0.0,1.0,0.0,1.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0\n")


@pytest.mark.parametrize("folder", ["CheXpert-v1.0-small", "CheXpert-v1.0"])
@pytest.mark.parametrize("from_parent", [True, False])
def test_chexpert(tmp_path, folder, from_parent):
    root = tmp_path / "root"
    write_tree(root / folder, {"train.csv": CHEXPERT_TRAIN.replace("{0}", folder),
                               "valid.csv": CHEXPERT_VALID.replace("{0}", folder)})
    tables = [(row, split) for name, split in (("train.csv", "train"), ("valid.csv", "val"))
              for row in table(root / folder, name)]
    touch(root, [row["Path"] for row, _ in tables])
    imported = Import(root if from_parent else root / folder, tmp_path, "chexpert")
    labels = CHEXPERT.strip().split(",")[5:]
    expected = []
    for row, split in tables:
        _, part, patient, study, view = row["Path"].split("/")
        expected.append({
            "image": f"{part}/{patient}/{study}/{view}", "case": f"{patient}/{study}",
            "patient": patient, "split": split, "view": row["Frontal/Lateral"].lower(),
            "projection": row["AP/PA"], "sex": row["Sex"], "age": row["Age"],
            **{label: integer(row[label]) for label in labels}})
    check(imported, expected)
    assert imported.report["labels"] == labels
    assert 'blank = "zero"' in imported.description.replace("'", '"')


def test_chexpert_without_its_validation_part(tmp_path):
    root = tmp_path / "root"
    write_tree(root, {"train.csv": CHEXPERT_TRAIN.replace("{0}", "CheXpert-v1.0")})
    touch(root, [row["Path"].partition("/")[2] for row in table(root, "train.csv")])
    imported = Import(root, tmp_path, "chexpert")
    assert imported.report["splits"] == {"train": 4}
    assert "the optional table valid.csv is not there" in imported.notes


MIMIC_LABELS = ["Atelectasis", "Cardiomegaly", "Consolidation", "Edema",
                "Enlarged Cardiomediastinum", "Fracture", "Lung Lesion", "Lung Opacity",
                "No Finding", "Pleural Effusion", "Pleural Other", "Pneumonia", "Pneumothorax",
                "Support Devices"]
MIMIC = {
    "mimic-cxr-2.0.0-metadata.csv": (
        "dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,"
        "Columns,StudyDate,StudyTime,ProcedureCodeSequence_CodeMeaning,"
        "ViewCodeSequence_CodeMeaning,PatientOrientationCodeSequence_CodeMeaning\n"
        'aaaa-1,10000032,50414267,"CHEST (PA AND LAT)",PA,3056,2544,21800506,213014.531,'
        '"CHEST (PA AND LAT)",postero-anterior,Erect\n'
        "aaaa-2,10000032,50414267,CHEST (PA AND LAT),LATERAL,3056,2544,21800506,213014.531,"
        "CHEST (PA AND LAT),lateral,Erect\n"
        "bbbb-1,11000764,53189527,CHEST (PORTABLE AP),AP,2544,3056,21800626,165500.312,"
        "CHEST (PORTABLE AP),antero-posterior,\n"
        "cccc-1,19999733,57132437,,,2544,3056,21520708,224550.171,,,\n"),
    "mimic-cxr-2.0.0-split.csv": (
        "dicom_id,study_id,subject_id,split\naaaa-1,50414267,10000032,train\n"
        "aaaa-2,50414267,10000032,train\nbbbb-1,53189527,11000764,validate\n"
        "cccc-1,57132437,19999733,test\n"),
    "mimic-cxr-2.0.0-chexpert.csv": (
        "subject_id,study_id," + ",".join(MIMIC_LABELS) + "\n"
        "10000032,50414267,,,,,,,,,1.0,,,,,\n11000764,53189527,1.0,-1.0,,0.0,,,,,,,,-1.0,0.0,\n"),
    "patients.csv": (
        "subject_id,gender,anchor_age,anchor_year,anchor_year_group,dod\n"
        "10000032,F,52,2180,2014 - 2016,2180-09-09\n19999733,F,19,2152,2011 - 2013,\n"),
    "admissions.csv": (
        "subject_id,hadm_id,admittime,dischtime,deathtime,admission_type,admit_provider_id,"
        "admission_location,discharge_location,insurance,language,marital_status,race,"
        "edregtime,edouttime,hospital_expire_flag\n"
        "10000032,22595853,,,,URGENT,,,,Other,ENGLISH,WIDOWED,WHITE,,,0\n"
        "10000032,22841357,,,,EW EMER.,,,,Medicaid,ENGLISH,WIDOWED,OTHER,,,0\n"),
}


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("with_mimic_iv", [True, False])
def test_mimic_cxr_jpg(tmp_path, packed, with_mimic_iv):
    root = tmp_path / "root"
    ending = ".gz" if packed else ""
    write_tree(root, {name + ending: text for name, text in MIMIC.items()
                      if with_mimic_iv or name.startswith("mimic")})
    get = lambda name: table(root, name + ending)
    split = {row["dicom_id"]: row["split"] for row in get("mimic-cxr-2.0.0-split.csv")}
    labels = {row["study_id"]: row for row in get("mimic-cxr-2.0.0-chexpert.csv")}
    patients, races = {}, {}
    if with_mimic_iv:
        patients = {row["subject_id"]: row for row in get("patients.csv")}
        for row in get("admissions.csv"):
            races.setdefault(row["subject_id"], row["race"])
    expected = []
    for row in get("mimic-cxr-2.0.0-metadata.csv"):
        subject, study = row["subject_id"], row["study_id"]
        expected.append({
            "image": f"files/p{subject[:2]}/p{subject}/s{study}/{row['dicom_id']}.jpg",
            "case": "s" + study, "patient": subject,
            "split": split[row["dicom_id"]].replace("validate", "val"),
            "view": row["ViewPosition"].replace("LATERAL", "lateral"),
            "sex": patients.get(subject, {}).get("gender", ""),
            "age": patients.get(subject, {}).get("anchor_age", ""),
            "race": races.get(subject, ""),
            **{label: integer(labels.get(study, {}).get(label, "")) for label in MIMIC_LABELS}})
    touch(root, [row["image"] for row in expected])
    imported = Import(root, tmp_path, "mimic-cxr-jpg")
    check(imported, expected)
    assert ("optional table patients.csv.gz is not there" in imported.notes) != with_mimic_iv
    assert imported.report["splits"] == {"train": 2, "val": 1, "test": 1}


NIH_LABELS = ["Atelectasis", "Cardiomegaly", "Effusion", "Infiltration", "Mass", "Nodule",
              "Pneumonia", "Pneumothorax", "Consolidation", "Edema", "Emphysema", "Fibrosis",
              "Pleural_Thickening", "Hernia"]
NIH_HEADER = ("Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,"
              "View Position,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]")
NIH_ROWS = [
    "00000001_000.png,Cardiomegaly,0,1,{},M,PA,2682,2749,0.143,0.143",
    "00000001_001.png,Cardiomegaly|Emphysema,1,1,{},M,PA,2894,2729,0.143,0.143",
    "00000002_000.png,No Finding,0,2,{},M,PA,2500,2048,0.171,0.171",
    "00000003_000.png,Mass|Pleural_Thickening|Nodule,0,3,{},F,AP,2582,2991,0.143,0.143",
    "00000004_000.png,Pneumonia,0,4,{},F,AP,2582,2991,0.143,0.143",
]
NIH_FORMS = {
    "v2020": ("Data_Entry_2017_v2020.csv", "\n", "", ["57", "58", "80", "100", "101"],
              ["57", "58", "80", "100", ""]),
    "2017": ("Data_Entry_2017.csv", "\r\n", "", ["057Y", "058Y", "011M", "411Y", "020D"],
             ["57", "58", "0", "", "0"]),
    # As copies of the first table have it, with a nameless last column.
    "trailing comma": ("Data_Entry_2017.csv", "\n", ",", ["57", "58", "81", "414", "0"],
                       ["57", "58", "81", "", "0"]),
}


@pytest.mark.parametrize("form", NIH_FORMS)
@pytest.mark.parametrize("parts", [True, False])
def test_nih_chestxray14(tmp_path, form, parts):
    root = tmp_path / "root"
    name, end, last, written, ages = NIH_FORMS[form]
    lines = [NIH_HEADER + last] + [row.format(age) + last for row, age in zip(NIH_ROWS, written)]
    write_tree(root, {name: end.join(lines) + end,
                      "train_val_list.txt": "00000001_000.png\n00000001_001.png\n00000002_000.png",
                      "test_list.txt": "00000003_000.png\r\n00000004_000.png"})
    expected = []
    for i, (row, age) in enumerate(zip(NIH_ROWS, ages)):
        cells = row.split(",")
        folder = f"images_00{i % 2 + 1}/images" if parts else "images"
        findings = cells[1].split("|")
        expected.append({
            "image": f"{folder}/{cells[0]}", "case": f"{folder}/{cells[0]}",
            "patient": cells[3], "split": "train" if i < 3 else "test", "view": cells[6],
            "sex": cells[5], "age": age,
            **{label: str(int(label in findings)) for label in NIH_LABELS}})
    touch(root, [row["image"] for row in expected])
    check(Import(root, tmp_path, "nih-chestxray14"), expected)


def test_nih_chestxray14_without_lists_has_no_split(tmp_path):
    root = tmp_path / "root"
    write_tree(root, {"Data_Entry_2017.csv": NIH_HEADER + "\n" + NIH_ROWS[0].format(57) + "\n"})
    touch(root, ["00000001_000.png"])
    imported = Import(root, tmp_path, "nih-chestxray14")
    assert imported.columns("image", "split") == [("00000001_000.png", "")]
    assert "train_val_list.txt" in imported.notes and "test_list.txt" in imported.notes


PADCHEST_COLUMNS = ["", "ImageID", "ImageDir", "StudyDate_DICOM", "StudyID", "PatientID",
                    "PatientBirth", "PatientSex_DICOM", "ViewPosition_DICOM", "Projection",
                    "MethodProjection", "Pediatric", "Modality_DICOM", "Manufacturer_DICOM",
                    "PhotometricInterpretation_DICOM", "ReportID", "Report", "MethodLabel",
                    "Labels", "Localizations", "LabelsLocalizationsBySentence"]


def test_padchest(tmp_path):
    root = tmp_path / "root"
    rows = [
        ["0", "2020_a.png", "0", "20140915", "S1", "P1", "1938.0", "F", "POSTEROANTERIOR", "PA",
         "Manual", "No", "CR", "X", "MONOCHROME2", "1", "sin hallazg . \"normal\" , .", "Physician",
         "['pleural effusion', ' pneumonia', 'unchanged']", "['loc right']", "[]"],
        ["1", "2020_b.png", "54", "20140915", "S1", "P1", "1938.0", "F", "LATERAL", "L", "Manual",
         "No", "CR", "X", "MONOCHROME2", "1", "", "Physician", "['normal']", "[]", "[]"],
        ["2", "2020_c.png", "54", "20110102", "S2", "P2", "", "M", "", "AP_horizontal",
         "Neural Net", "No", "DX", "X", "MONOCHROME1", "2", "", "RNN_model", "", "", ""],
    ]
    with io.StringIO() as text:
        writer = csv.writer(text)
        writer.writerows([PADCHEST_COLUMNS, *rows])
        write_tree(root, {"PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv.gz": text.getvalue()})
    touch(root, ["0/2020_a.png", "54/2020_b.png", "54/2020_c.png"])
    imported = Import(root, tmp_path, "padchest")
    labels = imported.report["labels"]
    assert {"pneumonia", "pleural effusion", "normal", "cardiomegaly"} < set(labels)
    expected = []
    for row in rows:
        cells = dict(zip(PADCHEST_COLUMNS, row))
        terms = [term.strip(" '") for term in cells["Labels"].strip("[]").split(",")]
        age = (int(cells["StudyDate_DICOM"][:4]) - int(cells["PatientBirth"][:4])
               if cells["PatientBirth"] else "")
        image = f"{cells['ImageDir']}/{cells['ImageID']}"
        expected.append({
            "image": image, "case": image, "patient": cells["PatientID"], "split": "",
            "view": cells["Projection"], "sex": cells["PatientSex_DICOM"], "age": str(age),
            **{label: str(int(label in terms)) if cells["Labels"] else "" for label in labels}})
    check(imported, expected)


VINDR_LABELS = ["Aortic enlargement", "Atelectasis", "Calcification", "Cardiomegaly",
                "Clavicle fracture", "Consolidation", "Edema", "Emphysema", "Enlarged PA",
                "ILD", "Infiltration", "Lung Opacity", "Lung cavity", "Lung cyst",
                "Mediastinal shift", "Nodule/Mass", "Pleural effusion", "Pleural thickening",
                "Pneumothorax", "Pulmonary fibrosis", "Rib fracture", "Other lesion", "COPD",
                "Lung tumor", "Pneumonia", "Tuberculosis", "Other diseases", "No finding"]


def test_vindr_cxr_of_three_readers(tmp_path):
    root = tmp_path / "root"
    random = numpy.random.default_rng(0)
    train = "image_id,rad_id," + ",".join(VINDR_LABELS) + "\n"
    for image in range(6):
        for reader in random.permutation(17)[:3]:
            marks = (random.random(len(VINDR_LABELS)) < 0.4).astype(int)
            train += f"i{image},R{reader + 1}," + ",".join(map(str, marks)) + "\n"
    names = ",".join(VINDR_LABELS).replace("Other diseases", "Other disease")
    test = f"image_id,{names}\nt0," + ",".join("10" * 14) + "\n"
    write_tree(root, {"annotations/image_labels_train.csv": train,
                      "annotations/image_labels_test.csv": test})
    votes = collections.OrderedDict()
    for row in table(root, "annotations/image_labels_train.csv"):
        counts = votes.setdefault(row["image_id"], collections.Counter())
        counts.update({label: int(row[label]) for label in VINDR_LABELS})
    expected = [{"image": f"train/{image}.dicom", "case": f"train/{image}.dicom",
                 "split": "train",
                 **{label: str(int(count[label] >= 2)) for label in VINDR_LABELS}}
                for image, count in votes.items()]
    row = table(root, "annotations/image_labels_test.csv")[0]
    row["Other diseases"] = row["Other disease"]
    expected.append({"image": "test/t0.dicom", "case": "test/t0.dicom", "split": "test",
                     **{label: row[label] for label in VINDR_LABELS}})
    touch(root, [row["image"] for row in expected])
    imported = Import(root, tmp_path, "vindr-cxr")
    check(imported, expected)
    assert imported.report["patients"] is None


def test_vindr_cxr_of_boxes(tmp_path):
    root = tmp_path / "root"
    write_tree(root, {"train.csv": (
        "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\n"
        "a,No finding,14,R11,,,,\na,No finding,14,R7,,,,\na,Cardiomegaly,3,R10,1,2,3,4\n"
        "b,Cardiomegaly,3,R8,691.0,1375.0,1653.0,1831.0\n"
        "b,Aortic enlargement,0,R8,1264.0,743.0,1611.0,1019.0\n"
        # Two boxes of one reader are one vote.
        "b,Nodule/Mass,8,R9,1,1,2,2\nb,Nodule/Mass,8,R9,3,3,4,4\n"
        "b,Cardiomegaly,3,R9,1,1,2,2\nb,Aortic enlargement,0,R10,1,1,2,2\n")})
    touch(root, ["train/a.png", "train/b.png"])
    imported = Import(root, tmp_path, "vindr-cxr")
    readers = collections.defaultdict(set)
    for row in table(root, "train.csv"):
        readers[row["image_id"], row["class_name"]].add(row["rad_id"])
    labels = [name for name in imported.header if name not in ("image", "case", "split")]
    assert len(labels) == 15
    expected = [{"image": f"train/{image}.png", "case": f"train/{image}.png", "split": "train",
                 **{label: str(int(len(readers[image, label]) >= 2)) for label in labels}}
                for image in "ab"]
    check(imported, expected)
    assert expected[1]["Nodule/Mass"] == "0" and expected[1]["Cardiomegaly"] == "1"


def test_covid_chestxray(tmp_path):
    root = tmp_path / "root"
    header = ("patientid,offset,sex,age,finding,survival,intubated,intubation_present,went_icu,"
              "in_icu,needed_supplemental_O2,extubated,temperature,pO2_saturation,"
              "leukocyte_count,neutrophil_count,lymphocyte_count,view,modality,date,location,"
              "folder,filename,doi,url,license,clinical_notes,other_notes,")
    columns = header.split(",")
    rows = [
        {"patientid": "2", "sex": "M", "age": "65", "finding": "Pneumonia/Viral/COVID-19",
         "view": "PA", "modality": "X-ray", "folder": "images", "filename": "a-1.jpeg",
         "license": "CC BY-NC-SA", "clinical_notes": 'On January 22, he "recovered".\nHome.'},
        {"patientid": "2", "sex": "M", "age": "65", "finding": "COVID-19, ARDS", "view": "L",
         "modality": "X-ray", "folder": "images", "filename": "a 2.png", "license": "CC BY 3.0"},
        {"patientid": "7", "sex": "F", "finding": "todo", "view": "AP Supine",
         "modality": "X-ray", "folder": "images", "filename": "b.png"},
        {"patientid": "9", "finding": "Pneumonia/Viral/COVID-19", "view": "Axial",
         "modality": "CT", "folder": "volumes", "filename": "c.nii.gz"},
    ]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([[row.get(name, "") for name in columns] for row in rows])
    write_tree(root, {"covid-chestxray-dataset/metadata.csv": text.getvalue()})
    touch(root / "covid-chestxray-dataset", [f"{row['folder']}/{row['filename']}" for row in rows[:3]])
    imported = Import(root, tmp_path, "covid-chestxray")
    labels = imported.report["labels"]
    expected = []
    for row in rows[:3]:
        names = [] if row["finding"] == "todo" else row["finding"].replace(", ", "/").split("/")
        image = f"{row['folder']}/{row['filename']}"
        expected.append({"image": image, "case": image, "patient": row["patientid"], "split": "",
                         "view": row["view"], "sex": row.get("sex", ""), "age": row.get("age", ""),
                         "license": row.get("license", ""),
                         **{label: str(int(label in names)) if names else "" for label in labels}})
    check(imported, expected)
    assert "left out 1 rows that `select` does not want" in imported.notes


# ------------------------------------------------------------------------- mammography

def test_vindr_mammo(tmp_path):
    root = tmp_path / "root"
    write_tree(root, {"breast-level_annotations.csv": (
        "study_id,series_id,laterality,view_position,image_id,height,width,breast_birads,"
        "breast_density,split\n"
        "s1,x,R,CC,i1,3518,2800,BI-RADS 4,DENSITY C,training\n"
        "s1,x,R,MLO,i2,3518,2800,BI-RADS 4,DENSITY C,training\n"
        "s1,x,L,CC,i3,3518,2800,BI-RADS 1,DENSITY C,training\n"
        "s2,y,L,MLO,i4,3518,2800,BI-RADS 5,DENSITY B,test\n")})
    expected = [{
        "image": f"images/{row['study_id']}/{row['image_id']}.dicom",
        "case": f"{row['study_id']}/{row['laterality']}", "patient": row["study_id"],
        "split": {"training": "train", "test": "test"}[row["split"]],
        "view": row["view_position"], "laterality": row["laterality"],
        "density": row["breast_density"][-1], "label": row["breast_birads"],
    } for row in table(root, "breast-level_annotations.csv")]
    touch(root, [row["image"] for row in expected])
    check(Import(root, tmp_path, "vindr-mammo"), expected)
    (tmp_path / "two").mkdir()
    two = Import(root, tmp_path / "two", "vindr-mammo", "--set",
                 'positive=["BI-RADS 4", "BI-RADS 5"]', "--set", "label=suspicious")
    assert [row["suspicious"] for row in two.rows] == ["1", "1", "0", "1"]


CBIS_HEADERS = {
    "mass": "patient_id,breast_density,left or right breast,image view,abnormality id,"
            "abnormality type,mass shape,mass margins,assessment,pathology,subtlety,"
            "image file path,cropped image file path,ROI mask file path",
    "calc": "patient_id,breast density,left or right breast,image view,abnormality id,"
            "abnormality type,calc type,calc distribution,assessment,pathology,subtlety,"
            "image file path,cropped image file path,ROI mask file path",
    "mass 2017": "patient_id,breast_density,side,view,abn_num,abnormality_type,mass_shape,"
                 "mass_margins,assessment,pathology,subtlety,od_img_path,od_crop_path,mask_path",
}


def cbis_table(header, kind, rows):
    lines = [CBIS_HEADERS[header]]
    for patient, density, side, view, number, pathology in rows:
        folder = f"{kind}_{patient}_{side}_{view}"
        early = header.endswith("2017")
        separator = "\\" if early else "/"
        image = separator.join([folder, "1.3.6.1", "1.3.6.2", "000000.dcm"])
        crop = separator.join([f"{folder}_{number}", "1.3.6.3", "1.3.6.4", "000001.dcm"])
        # A line break inside of the last quoted fields, as published.
        lines.append(f"{patient},{density},{side},{view},{number},mass,OVAL,ILL_DEFINED,4,"
                     f'{pathology},4,{image},"{crop}\n","{crop}\n"')
    return "\r\n".join(lines) + "\r\n"


@pytest.mark.parametrize("early", [False, True])
def test_cbis_ddsm(tmp_path, early):
    root = tmp_path / "root"
    mass_train = [("P_00001", 3, "LEFT", "CC", 1, "MALIGNANT"),
                  ("P_00001", 3, "LEFT", "MLO", 1, "MALIGNANT"),
                  ("P_00004", 3, "LEFT", "CC", 1, "BENIGN"),
                  ("P_00004", 3, "LEFT", "CC", 2, "BENIGN_WITHOUT_CALLBACK"),
                  ("P_00005", 2, "RIGHT", "MLO", 1, "BENIGN"),
                  ("P_00005", 2, "RIGHT", "MLO", 2, "MALIGNANT")]
    calc_test = [("P_00038", 2, "LEFT", "CC", 1, "BENIGN"),
                 ("P_00004", 3, "RIGHT", "CC", 1, "MALIGNANT")]
    kind = "mass 2017" if early else "mass"
    write_tree(root, {
        "mass_case_description_train_set.csv": cbis_table(kind, "Mass-Training", mass_train),
        "calc_case_description_test_set.csv": cbis_table("calc", "Calc-Test", calc_test)})
    pictures = collections.OrderedDict()
    for name, split in (("mass_case_description_train_set.csv", "train"),
                        ("calc_case_description_test_set.csv", "test")):
        for row in table(root, name):
            image = (row.get("image file path") or row["od_img_path"]).replace("\\", "/")
            known = pictures.setdefault(image, {
                "image": "CBIS-DDSM/" + image, "case": "CBIS-DDSM/" + image,
                "patient": row["patient_id"], "split": split,
                "view": row.get("image view") or row["view"],
                "laterality": (row.get("left or right breast") or row["side"])[0],
                "density": row.get("breast_density") or row["breast density"],
                "malignant": "0"})
            if row["pathology"] == "MALIGNANT":
                known["malignant"] = "1"
    touch(root, [row["image"] for row in pictures.values()])
    imported = Import(root, tmp_path, "cbis-ddsm")
    check(imported, list(pictures.values()))
    assert imported.report["patients_across_splits"] == 1
    assert "mass_case_description_test_set.csv is not there" in imported.notes


def test_embed(tmp_path):
    root = tmp_path / "root"
    base = "/mnt/NAS2/mammo/anon_dicom/cohort_1"
    write_tree(root, {
        "tables/EMBED_OpenData_metadata.csv": (
            ",anon_dicom_path,empi_anon,acc_anon,study_date_anon,StudyDescription,"
            "SeriesDescription,FinalImageType,ImageLateralityFinal,ViewPosition,spot_mag,num_roi\n"
            f"0,{base}/1/11/s/a.dcm,1,11,2013-05-01,MG,L CC,2D,L,CC,,1\n"
            f"1,{base}/1/11/s/b.dcm,1,11,2013-05-01,MG,L CC,cview,L,CC,,0\n"
            f"2,{base}/1/11/s/c.dcm,1,11,2013-05-01,MG,R CC,2D,R,CC,,0\n"
            f"3,{base}/2/22/s/d.dcm,2,22,2014-05-01,MG,R MLO,2D,R,MLO,,0\n"
            f"4,{base}/3/33/s/e.dcm,3,33,2015-05-01,MG,L MLO,2D,L,MLO,,0\n"
            f"5,{base}/4/44/s/f.dcm,4,44,2015-05-01,MG,L MLO,2D,L,MLO,,0\n"),
        "tables/EMBED_OpenData_clinical.csv": (
            ",empi_anon,acc_anon,study_date_anon,desc,side,numfind,asses,tissueden,"
            "path_severity,age_at_study,RACE_DESC\n"
            "0,1,11,2013-05-01,MG Diagnostic,L,1,B,2.0,4.0,61,White\n"
            "1,1,11,2013-05-01,MG Diagnostic,L,2,M,2.0,0.0,61,White\n"
            "2,1,11,2013-05-01,MG Diagnostic,R,1,N,2.0,,61,White\n"
            "3,2,22,2014-05-01,MG Screening,B,1,B,3.0,,52,Asian\n"
            "4,3,33,2015-05-01,MG Screening,R,1,A,1.0,,47,\n")})
    clinical = table(root, "tables/EMBED_OpenData_clinical.csv")
    expected = []
    for row in table(root, "tables/EMBED_OpenData_metadata.csv"):
        if row["FinalImageType"] != "2D":
            continue
        side = row["ImageLateralityFinal"]
        findings = [f for f in clinical if f["acc_anon"] == row["acc_anon"]
                    and f["side"] in (side, "B", "")]
        outcomes = []
        for finding in findings:
            if finding["path_severity"]:
                outcomes.append(int(float(finding["path_severity"]) <= 1))
            elif finding["asses"] in ("N", "B"):
                outcomes.append(0)
        first = findings[0] if findings else collections.defaultdict(str)
        image = "images/" + row["anon_dicom_path"][len("/mnt/NAS2/mammo/anon_dicom/"):]
        expected.append({
            "image": image, "case": f"{row['acc_anon']}/{side}", "patient": row["empi_anon"],
            "split": "", "view": row["ViewPosition"], "laterality": side,
            "density": first["tissueden"].replace(".0", ""), "age": first["age_at_study"],
            "race": first["RACE_DESC"],
            "malignant": str(max(outcomes)) if outcomes else ""})
    assert [row["malignant"] for row in expected] == ["1", "0", "0", "", ""]
    touch(root, [row["image"] for row in expected])
    check(Import(root, tmp_path, "embed"), expected)


# ------------------------------------------------------------------------- dermatology

def test_ham10000(tmp_path):
    root = tmp_path / "root"
    write_tree(root, {"HAM10000_metadata.csv": (
        "lesion_id,image_id,dx,dx_type,age,sex,localization\n"
        "HAM_1,ISIC_1,bkl,histo,80.0,male,scalp\nHAM_1,ISIC_2,bkl,histo,80.0,male,scalp\n"
        "HAM_2,ISIC_3,mel,histo,,unknown,back\n")})
    places = {"ISIC_1": "HAM10000_images_part_1", "ISIC_2": "HAM10000_images_part_2",
              "ISIC_3": "HAM10000_images_part_2"}
    expected = []
    for row in table(root, "HAM10000_metadata.csv"):
        image = f"{places[row['image_id']]}/{row['image_id']}.jpg"
        expected.append({"image": image, "case": image, "patient": row["lesion_id"], "split": "",
                         "sex": row["sex"].replace("unknown", ""), "age": row["age"],
                         "localization": row["localization"], "label": row["dx"]})
    touch(root, [row["image"] for row in expected])
    imported = Import(root, tmp_path, "ham10000")
    check(imported, expected)
    assert imported.report["patients"] == 2


ISIC_ARCHIVE = (
    "isic_id,attribution,copyright_license,age_approx,anatom_site_general,"
    "anatom_site_special,concomitant_biopsy,diagnosis_1,diagnosis_2,diagnosis_3,"
    "diagnosis_confirm_type,image_manipulation,image_type,lesion_id,melanocytic,sex\n"
    'ISIC_1,"ViDIR Group, Vienna",CC-BY-NC,45,,,False,Benign,B,Nevus,x,,dermoscopic,IL_1,True,male\n'
    "ISIC_2,Anonymous,CC-0,,head/neck,,,Malignant,M,Melanoma,y,,dermoscopic,IL_1,True,male\n"
    "ISIC_3,Anonymous,CC-0,60,,,,Benign,B,Nevus,y,,dermoscopic,,True,\n")


def test_isic_archive(tmp_path):
    root = tmp_path / "root"
    write_tree(root, {"metadata.csv": "\ufeff" + ISIC_ARCHIVE})
    expected = [{
        "image": row["isic_id"] + ".jpg", "case": row["isic_id"] + ".jpg",
        "patient": row["lesion_id"] or row["isic_id"], "split": "", "sex": row["sex"],
        "age": row["age_approx"], "localization": row["anatom_site_general"], "skin_type": "",
        "copyright_license": row["copyright_license"], "label": row["diagnosis_1"],
    } for row in table(root, "metadata.csv")]
    touch(root, [row["image"] for row in expected])
    imported = Import(root, tmp_path, "isic-archive")
    check(imported, expected)
    assert "1 of 3 rows name no patient or group" in imported.notes


def test_isic_archive_prefers_published_patients(tmp_path):
    root = tmp_path / "root"
    write_tree(root, {"metadata.csv": "isic_id,patient_id,lesion_id,diagnosis_1\n"
                                      "ISIC_1,IP_1,IL_1,Benign\nISIC_2,,IL_2,Malignant\n"})
    touch(root, ["images/ISIC_1.jpg", "images/ISIC_2.jpg"])
    assert Import(root, tmp_path, "isic-archive").columns("image", "patient") == [
        ("images/ISIC_1.jpg", "IP_1"), ("images/ISIC_2.jpg", "IL_2")]


@pytest.mark.parametrize("numbers", ["{}.0", "{}"])
def test_isic2019(tmp_path, numbers):
    root = tmp_path / "root"
    names = ["MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC", "UNK"]
    hot = lambda k: ",".join(numbers.format(int(i == k)) for i in range(9))
    write_tree(root, {
        "ISIC_2019_Training_GroundTruth.csv":
            f"image,{','.join(names)}\r\nISIC_1,{hot(1)}\r\nISIC_2_downsampled,{hot(0)}\r\n",
        "ISIC_2019_Training_Metadata.csv":
            "image,age_approx,anatom_site_general,lesion_id,sex\n"
            "ISIC_1,55,anterior torso,,female\nISIC_2_downsampled,30,,MSK4_11,male\n",
        "ISIC_2019_Test_GroundTruth.csv":
            f"image,{','.join(names)},score_weight,validation_weight\nISIC_3,{hot(8)},1.0,0.0\n",
        "ISIC_2019_Test_Metadata.csv": "image,age_approx,anatom_site_general,sex\nISIC_3,65,,male\n"})
    expected = []
    for part, split in (("Training", "train"), ("Test", "test")):
        metadata = {row["image"]: row for row in table(root, f"ISIC_2019_{part}_Metadata.csv")}
        for row in table(root, f"ISIC_2019_{part}_GroundTruth.csv"):
            known = metadata[row["image"]]
            image = f"ISIC_2019_{part}_Input/{row['image']}.jpg"
            expected.append({
                "image": image, "case": image,
                "patient": known.get("lesion_id") or row["image"], "split": split,
                "sex": known["sex"], "age": known["age_approx"],
                "localization": known["anatom_site_general"],
                "label": next(name for name in names if float(row[name]) == 1)})
    touch(root, [row["image"] for row in expected])
    check(Import(root, tmp_path, "isic2019"), expected)


@pytest.mark.parametrize("form", [
    ("ISIC_2020_Training_GroundTruth_v2.csv", "lesion_id,", "IL_7972535,", "train/ISIC_1.jpg"),
    ("ISIC_2020_Training_GroundTruth.csv", "", "", "ISIC_2020_Training_JPEG/train/ISIC_1.jpg"),
    ("train.csv", "", "", "jpeg/train/ISIC_1.jpg")])
def test_isic2020(tmp_path, form):
    root = tmp_path / "root"
    name, column, lesion, image = form
    write_tree(root, {name: (
        f"image_name,patient_id,{column}sex,age_approx,anatom_site_general_challenge,diagnosis,"
        "benign_malignant,target\n"
        f"ISIC_1,IP_7279968,{lesion}male,45.0,head/neck,unknown,benign,0\n"
        f"ISIC_2,IP_3075186,{lesion}female,45.0,upper extremity,melanoma,malignant,1\n")})
    images = [image, image.replace("ISIC_1", "ISIC_2")]
    touch(root, images)
    expected = [{"image": path, "case": path, "patient": row["patient_id"], "split": "",
                 "sex": row["sex"], "age": row["age_approx"],
                 "localization": row["anatom_site_general_challenge"], "malignant": row["target"]}
                for path, row in zip(images, table(root, name))]
    check(Import(root, tmp_path, "isic2020"), expected)


def test_pad_ufes_20(tmp_path):
    root = tmp_path / "root"
    write_tree(root, {"metadata.csv": (
        "patient_id,lesion_id,smoke,drink,background_father,background_mother,age,pesticide,"
        "gender,skin_cancer_history,cancer_history,has_piped_water,has_sewage_system,fitspatrick,"
        "region,diameter_1,diameter_2,diagnostic,itch,grew,hurt,changed,bleed,elevation,img_id,"
        "biopsed\n"
        "PAT_1516,1765,,,,,8,,,,,,,,ARM,,,NEV,False,False,False,False,False,False,"
        "PAT_1516_1765_530.png,False\n"
        "PAT_46,881,False,False,POMERANIA,POMERANIA,55,False,FEMALE,True,True,True,True,3.0,NECK,"
        "6.0,5.0,BCC,True,True,False,True,True,True,PAT_46_881_939.png,True\n")})
    parts = ["images/imgs_part_2/", "images/imgs_part_1/"]
    expected = [{
        "image": part + row["img_id"], "case": part + row["img_id"],
        "patient": row["patient_id"], "split": "", "sex": row["gender"], "age": row["age"],
        "skin_type": row["fitspatrick"][:1], "localization": row["region"],
        "label": row["diagnostic"],
    } for part, row in zip(parts, table(root, "metadata.csv"))]
    touch(root, [row["image"] for row in expected])
    check(Import(root, tmp_path, "pad-ufes-20"), expected)


def test_fitzpatrick17k(tmp_path):
    root = tmp_path / "root"
    write_tree(root, {"fitzpatrick17k.csv": (
        "md5hash,fitzpatrick_scale,fitzpatrick_centaur,label,nine_partition_label,"
        "three_partition_label,qc,url,url_alphanum\n"
        "aa,3,3,drug induced pigmentary changes,inflammatory,non-neoplastic,,https://a/b.jpg,x\n"
        "bb,-1,1,melanoma,malignant melanoma,malignant,1 Diagnostic,https://c,y\n"
        "gone,2,1,melanoma,malignant melanoma,malignant,,https://gone,z\n")})
    touch(root, ["images/aa.jpg", "images/bb.jpg"])
    failed = run("data", "import", "fitzpatrick17k", "--root", root, "--out", tmp_path / "no",
                 code=2)
    assert "1 of 3 images" in failed.stderr and "gone.jpg" in failed.stderr
    assert not (tmp_path / "no").exists()
    imported = Import(root, tmp_path, "fitzpatrick17k", "--set", "skip_missing=true")
    expected = [{"image": f"images/{row['md5hash']}.jpg", "case": f"images/{row['md5hash']}.jpg",
                 "split": "", "skin_type": row["fitzpatrick_scale"].replace("-1", ""),
                 "label": row["label"]}
                for row in table(root, "fitzpatrick17k.csv") if row["md5hash"] != "gone"]
    check(imported, expected)
    assert imported.report["skipped_missing"] == 1


# --------------------------------------------------------------------- folders and npz

MEDMNIST_CLASSES = {"pathmnist": 9, "chestmnist": 14, "dermamnist": 7, "octmnist": 4,
                    "pneumoniamnist": 2, "retinamnist": 5, "breastmnist": 2, "bloodmnist": 8,
                    "tissuemnist": 8, "organamnist": 11, "organcmnist": 11, "organsmnist": 11}


@pytest.mark.parametrize("size", ["", "_64", "_128", "_224"])
@pytest.mark.parametrize("name", MEDMNIST_CLASSES)
def test_medmnist(tmp_path, name, size):
    root = tmp_path / "root"
    root.mkdir()
    count = MEDMNIST_CLASSES[name]
    random = numpy.random.default_rng(1)
    width = count if name == "chestmnist" else 1
    arrays, labels = {}, {}
    for split, n in (("train", 12), ("val", 4), ("test", 3)):
        arrays[split + "_images"] = random.integers(0, 256, (n, 3, 3), dtype=numpy.uint8)
        labels[split] = random.integers(0, 2 if width > 1 else count, (n, width), dtype=numpy.uint8)
        arrays[split + "_labels"] = labels[split]
    numpy.savez(root / f"{name}{size}.npz", **arrays)
    imported = Import(root, tmp_path, "medmnist",
                      *(["--set", "kind=multiclass"] if count == 2 else []))
    names = imported.report["labels"]
    assert len(names) == count and len(set(names)) == count
    for row, (split, i) in zip(imported.rows,
                               [(s, i) for s in ("train", "val", "test")
                                for i in range(len(labels[s]))], strict=True):
        assert row["image"] == f"{name}{size}.npz#{split}_images/{i}"
        assert row["split"] == split
        if width > 1:
            assert [row[label] for label in names] == [str(v) for v in labels[split][i]]
        else:
            assert row["label"] == names[labels[split][i, 0]]


def test_busi(tmp_path):
    root = tmp_path / "root"
    files = ["benign/benign (1).png", "benign/benign (1)_mask.png", "benign/benign (4)_mask_1.png",
             "malignant/malignant (1).png", "malignant/malignant (1)_mask.png",
             "normal/normal (1).png", "normal/normal (1)_mask.png"]
    touch(root / "Dataset_BUSI_with_GT", files)
    check(Import(root, tmp_path, "busi"),
          [{"image": name, "case": name, "split": "",
            "malignant": str(int(name.startswith("malignant")))}
           for name in files if "_mask" not in name])


@pytest.mark.parametrize("solution", [True, False])
@pytest.mark.parametrize("top", ["ILSVRC/", ""])
def test_imagenet(tmp_path, solution, top):
    root = tmp_path / "root"
    base = f"{top}Data/CLS-LOC"
    train = ["train/n01440764/n01440764_10026.JPEG", "train/n01443537/n01443537_2.JPEG"]
    val = [f"val/ILSVRC2012_val_0000000{i}.JPEG" for i in (1, 2)]
    touch(root / base, train + val + ["test/ILSVRC2012_test_00000001.JPEG"])
    touch(root, [f"{top}ImageSets/CLS-LOC/x.txt", f"{top}Annotations/y.xml"])
    classes = {}
    if solution:
        write_tree(root, {"LOC_val_solution.csv": (
            "ImageId,PredictionString\n"
            "ILSVRC2012_val_00000002,n01440764 85 1 499 272 n01440764 3 4 5 6 \n"
            "ILSVRC2012_val_00000001,n01443537 111 108 441 193 \n")})
        classes = {row["ImageId"]: row["PredictionString"].split()[0]
                   for row in table(root, "LOC_val_solution.csv")}
    imported = Import(root, tmp_path, "image-folder")
    expected = [{"image": name, "case": name, "split": "train", "label": name.split("/")[1]}
                for name in train]
    expected += [{"image": name, "case": name, "split": "val",
                  "label": classes.get(name[4:-5], "")} for name in val]
    check(imported, expected)
    assert ("LOC_val_solution.csv" in imported.notes) != solution


def test_image_folder_of_split_class_folders(tmp_path):
    root = tmp_path / "root"
    touch(root, ["train/cat/1.png", "train/dog/a/2.jpg", "val/cat/3.png", "test/dog/4.jpeg"])
    imported = Import(root, tmp_path, "image-folder")
    assert imported.columns("image", "split", "label") == [
        ("test/dog/4.jpeg", "test", "dog"), ("train/cat/1.png", "train", "cat"),
        ("train/dog/a/2.jpg", "train", "dog"), ("val/cat/3.png", "val", "cat")]


# ------------------------------------------------------------------ a hospital's DICOM

def dicom(tags):
    """A DICOM file of these tags, Explicit VR Little Endian, without pixels."""
    def element(group, number, vr, value):
        value = value.encode()
        value += b" " * (len(value) % 2) if vr != "UI" else b"\0" * (len(value) % 2)
        return struct.pack("<HH2sH", group, number, vr.encode(), len(value)) + value
    meta = element(2, 0x10, "UI", "1.2.840.10008.1.2.1")
    head = struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(meta))
    body = b"".join(element(*key, value) for key, value in sorted(tags.items()))
    return b"\0" * 128 + b"DICM" + head + meta + body


PATIENT, AGE, SEX = (0x10, 0x20, "LO"), (0x10, 0x1010, "AS"), (0x10, 0x40, "CS")
ACCESSION, DATE, MODALITY = (8, 0x50, "SH"), (8, 0x20, "DA"), (8, 0x60, "CS")
INTENT, VIEW, LATERALITY = (8, 0x68, "CS"), (0x18, 0x5101, "CS"), (0x20, 0x62, "CS")
INSTITUTION, STUDY = (8, 0x80, "LO"), (0x20, 0xD, "UI")


def hospital_tree(root):
    def image(name, patient, accession, view="CC", side="L", intent="FOR PRESENTATION", age="063Y"):
        write_tree(root, {f"dicom/{name}": dicom({
            PATIENT: patient, ACCESSION: accession, VIEW: view, LATERALITY: side, INTENT: intent,
            AGE: age, SEX: "F", DATE: "20180203", MODALITY: "MG", INSTITUTION: "Ours",
            STUDY: "1.2.3"})})
    image("a/1.dcm", "p1", "A1")
    image("a/2.dcm", "p1", "A1", view="MLO", side="R")
    image("a/3.dcm", "p1", "A1", intent="FOR PROCESSING")
    image("b/IM0001", "p2", "A2", age="048Y")
    image("b/IM0002", "p3", "A9")  # The table does not know it.
    image("b/IM0003", "p2", "A2", view="ML")
    write_tree(root, {"labels.csv": "accession,cancer,birads,race\nA1,no,2,White\nA2,maybe,4,\nA3,yes,5,\n",
                      "dicom/README.txt": "about these files", "dicom/broken.dcm": dicom({PATIENT: "patient 9"})[:-3]})


def test_hospital_joins_on_dicom_tags(tmp_path):
    root = tmp_path / "root"
    hospital_tree(root)
    imported = Import(root, tmp_path, "hospital")
    common = {"split": "", "site": "Ours", "sex": "F", "study_date": "20180203"}
    check(imported, [
        {"image": "dicom/a/1.dcm", "case": "A1", "patient": "p1", "age": "63", "laterality": "L",
         "race": "White", "view": "CC", "malignant": "0", **common},
        {"image": "dicom/a/2.dcm", "case": "A1", "patient": "p1", "age": "63", "laterality": "R",
         "race": "White", "view": "MLO", "malignant": "0", **common},
        {"image": "dicom/b/IM0001", "case": "A2", "patient": "p2", "age": "48", "laterality": "L",
         "race": "", "view": "CC", "malignant": "-1", **common}])
    assert "left out 1 rows that labels.csv says nothing of" in imported.notes
    assert "left out 2 rows that `select` does not want" in imported.notes
    assert "broken.dcm" in imported.notes and "README" not in imported.notes


def test_hospital_reads_only_changed_files_again(tmp_path):
    root = tmp_path / "root"
    hospital_tree(root)
    first = Import(root, tmp_path, "hospital")
    index = first.out / "dicom_index.csv"
    assert index.stat().st_mode & 0o777 == 0o600
    # What the index says is believed while size and time are the same...
    text = index.read_text()
    index.write_text(text.replace("FOR PROCESSING", "FOR PRESENTATION"))
    second = Import(root, tmp_path, "hospital", "--force")
    assert len(second.rows) == len(first.rows) + 1
    # ... and not after the file has changed.
    os.utime(root / "dicom/a/3.dcm", (1, 1))
    third = Import(root, tmp_path, "hospital", "--force")
    assert third.text == first.text
    # A damaged index is made anew.
    index.write_bytes(b'"\xff')
    assert Import(root, tmp_path, "hospital", "--force").text == first.text


# ------------------------------------------------------------------------------ all

def test_hospital_can_be_tried_again_after_a_mistake(tmp_path):
    root = tmp_path / "root"
    hospital_tree(root)
    mistake = ["--set", 'case="{AccessionNumbr}"']
    arguments = ["data", "import", "hospital", "--root", root, "--out", tmp_path / "out"]
    failed = run(*arguments, *mistake, code=2)
    assert 'did you mean "AccessionNumber"' in failed.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["dicom_index.csv"]
    run(*arguments)


def test_every_recipe_is_listed_and_printed_with_its_tree():
    names = {entry["name"] for entry in json.loads(run("data", "recipes", "--json").stdout)}
    assert names == set(
        "chexpert mimic-cxr-jpg nih-chestxray14 padchest vindr-cxr vindr-mammo cbis-ddsm embed "
        "ham10000 isic-archive isic2019 isic2020 pad-ufes-20 fitzpatrick17k covid-chestxray "
        "medmnist busi image-folder csv hospital".split())
    for name in names:
        text = run("data", "recipe", name).stdout
        comment = text.split("\nname =")[0].split("\ntitle =")[0]
        assert comment.startswith("#") and "ROOT/" in comment, name


def test_a_recipe_of_ones_own_reads_file_names(tmp_path):
    root = tmp_path / "root"
    touch(root, ["CXR_png/CHNCXR_0001_0.png", "CXR_png/CHNCXR_0327_1.png"])
    recipe = tmp_path / "ours.toml"
    recipe.write_text("patient = { from = 'stem', regex = '^(CHNCXR_\\d+)_[01]$' }\n"
                      "labels = [{ name = 'tuberculosis', from = 'stem', regex = '_([01])$' }]\n"
                      "[folders]\nis_used = true\n")
    assert Import(root, tmp_path, recipe).columns("image", "patient", "tuberculosis") == [
        ("CXR_png/CHNCXR_0001_0.png", "CHNCXR_0001", "0"),
        ("CXR_png/CHNCXR_0327_1.png", "CHNCXR_0327", "1")]


def test_csv_reads_columns_of_the_manifests_own_names(tmp_path):
    root = tmp_path / "root"
    write_tree(root, {"labels.csv": "image,patient,split,malignant,age\na.png,p1,train,1,50\n"
                                    "b.png,p2,test,0,\n"})
    touch(root, ["a.png", "b.png"])
    imported = Import(root, tmp_path, "csv", "--set", 'labels=["malignant"]', "--set",
                      "columns.age={age}")
    assert imported.columns("image", "patient", "split", "malignant", "age") == [
        ("a.png", "p1", "train", "1", "50"), ("b.png", "p2", "test", "0", "")]


def test_a_recipe_of_ones_own_reads_tabs_and_other_case(tmp_path):
    root = tmp_path / "root"
    write_tree(root, {"t.tsv": "FILE\tPerson\tCancer\nx/1.png\tp1\t1\n"})
    touch(root, ["x/1.png"])
    recipe = tmp_path / "ours.toml"
    recipe.write_text('image = "{file}"\npatient = "{person}"\nlabels = ["cancer"]\n'
                      '[table]\nfile = "t.tsv"\ndelimiter = "\\t"\n')
    assert Import(root, tmp_path, recipe).columns("image", "patient", "cancer") == [
        ("x/1.png", "p1", "1")]
